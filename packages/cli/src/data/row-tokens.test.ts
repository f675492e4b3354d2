import type { Row } from '@charter/datasets';
import { type Tokenizer, TokenizerError } from '@charter/tokenizer';
import { expect, it } from 'vitest';
import { rowTokens } from './row-tokens.js';

const source = { file: 'rows.jsonl', row: 17 };

it('names file and row of what a template refuses, and of a pair', () => {
  const refusing = {
    applyChatTemplate: () => {
      throw new TokenizerError('the template refuses: roles must alternate.');
    },
  } as unknown as Tokenizer;
  const tokens = (row: object) =>
    rowTokens({ ...row, source } as Row, refusing, { add_generation_prompt: false });
  expect(() => tokens({ kind: 'messages', messages: [] })).toThrow(
    'rows.jsonl, row 17: the template refuses: roles must alternate.',
  );
  expect(() => tokens({ kind: 'preference' })).toThrow('rows.jsonl, row 17: a preference pair is two texts.');
});
