import { readFileSync } from 'node:fs';
import { Tokenizer } from '@huggingface/tokenizers';
import { describe, expect, test } from 'vitest';
import { GgufMetadata } from './gguf-metadata.js';
import { openGguf } from './open-gguf.js';
import { preTokenizers } from './pre-tokenizers.js';
import { tokenizerFiles } from './tokenizer-files.js';

// Ids of the Rust library and of SentencePiece for the same texts; see ../golden/make_gguf.py.
const golden = (name: string) => new URL(`../golden/${name}`, import.meta.url).pathname;
const json = (name: string) => JSON.parse(readFileSync(golden(name), 'utf8'));
const cuts: { texts: string[]; pieces: Record<string, string[][]> } = json('cuts.json');
const sentencePiece: { rows: { text: string; ids: number[] }[] } = json('sentencepiece.json');

/** Metadata of a byte-level tokenizer of a few tokens, changed. */
const metadata = (changes: Record<string, unknown> = {}) =>
  new GgufMetadata(
    'm.gguf',
    Object.entries({
      'tokenizer.ggml.model': 'gpt2',
      'tokenizer.ggml.pre': 'gpt-2',
      'tokenizer.ggml.tokens': ['a', 'b', 'ab', '<s>', '<|eot_id|>', '</s>', '[PAD]'],
      'tokenizer.ggml.token_type': [1, 1, 1, 3, 3, 3, 5],
      'tokenizer.ggml.merges': ['a b'],
      'tokenizer.ggml.bos_token_id': 3,
      'tokenizer.ggml.eos_token_id': 5n,
      ...changes,
    }).filter(([, value]) => value !== undefined),
  );
const read = (changes: Record<string, unknown> = {}) => {
  const files = tokenizerFiles(metadata(changes));
  const parsed = (name: string) => JSON.parse(files.get(name)!);
  const tokenizer = new Tokenizer(parsed('tokenizer.json'), parsed('tokenizer_config.json'));
  return { files, parsed, ids: (text: string) => tokenizer.encode(text).ids };
};

describe('text is cut as the family’s own tokenizer cuts it', () => {
  test.each(Object.keys(cuts.pieces))('%s', name => {
    const { pre_tokenizer, normalizer } = preTokenizers.get(name)!;
    const tokenizer = new Tokenizer(
      {
        added_tokens: [],
        normalizer,
        pre_tokenizer,
        post_processor: null,
        decoder: null,
        model: { type: 'BPE', vocab: {}, merges: [] },
      },
      {},
    );
    for (const [i, text] of cuts.texts.entries()) {
      expect(tokenizer.pre_tokenizer!(text)).toEqual(cuts.pieces[name]![i]);
    }
  });
});

test('a SentencePiece vocabulary gives the tokens that SentencePiece gives', async () => {
  const files = tokenizerFiles((await openGguf(golden('sentencepiece.gguf'))).metadata);
  const tokenizer = new Tokenizer(
    JSON.parse(files.get('tokenizer.json')!),
    JSON.parse(files.get('tokenizer_config.json')!),
  );
  for (const { text, ids } of sentencePiece.rows) {
    expect(tokenizer.encode(text).ids).toEqual(ids);
    expect(tokenizer.decode(ids, { skip_special_tokens: true })).toBe(text);
  }
});

describe('BOS and EOS', () => {
  test('are added where the file says so, or its family does', () => {
    expect(read().ids('ab')).toEqual([2]);
    expect(read({ 'tokenizer.ggml.add_bos_token': true }).ids('ab')).toEqual([3, 2]);
    expect(read({ 'tokenizer.ggml.add_eos_token': true }).ids('ab')).toEqual([2, 5]);
    expect(read({ 'tokenizer.ggml.pre': 'llama-bpe' }).ids('ab')).toEqual([3, 2]);
    const off = { 'tokenizer.ggml.pre': 'llama-bpe', 'tokenizer.ggml.add_bos_token': false };
    expect(read(off).ids('ab')).toEqual([2]);
    expect(read(off).parsed('tokenizer_config.json')).toMatchObject({
      bos_token: '<s>',
      eos_token: '</s>',
      add_bos_token: false,
    });
  });

  test('every token that ends a turn ends a generation', () => {
    const ends = (changes: object) => read({ ...changes }).parsed('generation_config.json').eos_token_id;
    expect(ends({})).toEqual([5, 4]);
    expect(ends({ 'tokenizer.ggml.eot_token_id': 3, 'tokenizer.ggml.eom_token_id': 5 })).toEqual([5, 3, 4]);
    expect(ends({ 'tokenizer.ggml.token_type': [1, 1, 1, 3, 1, 3, 5] })).toEqual([5]);
  });
});

test('control tokens are special, fillers are no tokens', () => {
  const { parsed } = read({ 'tokenizer.ggml.token_type': [1, 1, 1, 3, 4, 3, 5] });
  const { added_tokens, model } = parsed('tokenizer.json');
  expect(added_tokens.map((t: { id: number; special: boolean }) => [t.id, t.special])).toEqual([
    [3, true],
    [4, false],
    [5, true],
  ]);
  expect(Object.keys(model.vocab)).not.toContain('[PAD]');
});

test('chat templates get files of their own; a name cannot lead elsewhere', () => {
  const { files } = read({
    'tokenizer.chat_template': 'plain',
    'tokenizer.chat_template.tool_use': 'tools',
    'tokenizer.chat_template.../../x': 'no',
  });
  expect([...files.keys()].filter(name => name.endsWith('.jinja'))).toEqual([
    'chat_template.jinja',
    'additional_chat_templates/tool_use.jinja',
  ]);
});

test.each<[Record<string, unknown>, string]>([
  [
    { 'tokenizer.ggml.model': 'bert' },
    'm.gguf: its tokenizer is of the kind "bert"; gpt2 and llama can be converted.',
  ],
  [{ 'tokenizer.ggml.pre': 'viking' }, 'its tokenizer cuts text as "viking" does; known are gpt-2, smollm,'],
  [{ 'tokenizer.ggml.pre': undefined }, 'does not say how its tokenizer cuts text (tokenizer.ggml.pre)'],
  [{ 'tokenizer.ggml.tokens': undefined }, 'has no tokenizer.ggml.tokens in its metadata'],
  [{ 'tokenizer.ggml.tokens': [1, 2] }, 'tokenizer.ggml.tokens in its metadata is not a list of texts.'],
  [{ 'tokenizer.ggml.token_type': [1] }, 'tokenizer.ggml.token_type has 1 entries for 7 tokens.'],
  [{ 'tokenizer.ggml.bos_token_id': 9 }, 'tokenizer.ggml.bos_token_id is 9, but there are 7 tokens.'],
])('%j is refused', (changes, message) => {
  expect(() => tokenizerFiles(metadata(changes))).toThrow(message);
});
