/**
 * Which tokens of a row does the model learn? With the loss on the completion only, those behind the prompt, the
 * end-of-turn token included. A model that never saw an end never stops; this shows it before training does.
 */
import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { loadTokenizer } from '@charter/tokenizer';

const folder = fileURLToPath(new URL('../../fixtures/models/llama', import.meta.url));
const tokenizer = await loadTokenizer(folder);

const { ids, promptLength } = tokenizer.tokenizePromptCompletion(
  [{ role: 'user', content: 'May I read her letters?' }],
  [{ role: 'assistant', content: 'Only if she says so.' }],
);
const read = tokenizer.decode(ids.slice(0, promptLength));
const trained = tokenizer.decode(ids.slice(promptLength));
console.log(`read only, ${promptLength} tokens:\n${read}\n`);
console.log(`trained on, ${ids.length - promptLength} tokens:\n${trained}`);

assert.equal(trained, 'Only if she says so.<|im_end|>\n');
assert.ok(read.endsWith('<|im_start|>assistant\n'));
assert.ok(ids.slice(promptLength).includes(tokenizer.eosTokenId!), 'the end of the turn has a loss');
