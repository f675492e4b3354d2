/**
 * Tokens of a row that get a loss. In completion-only training they are the tokens after the prompt, the end-of-turn token
 * included: a model that is not trained on it never stops. This shows a mistake before training does.
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
const context = tokenizer.decode(ids.slice(0, promptLength));
const trained = tokenizer.decode(ids.slice(promptLength));
console.log(`context, ${promptLength} tokens:\n${context}\n`);
console.log(`trained, ${ids.length - promptLength} tokens:\n${trained}`);

assert.equal(trained, 'Only if she says so.<|im_end|>\n');
assert.ok(context.endsWith('<|im_start|>assistant\n'));
assert.ok(ids.slice(promptLength).includes(tokenizer.eosTokenId!), 'the end-of-turn token has a loss');
