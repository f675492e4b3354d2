/**
 * Seconds per critique whose prompt begins with the same 2,000 tokens of examples, with and without the prefix cache.
 * Greedy decoding; SmolLM2-135M-Instruct in float32.
 *
 *   pnpm bench prefix [critiques=64] [unshared=4] [tokens=64] [write=yes|no]
 *
 * A run of all 64 writes its result into bench/README.md.
 */
import { pull } from '../packages/checkpoint/src/index.js';
import { machine } from '../packages/cli/src/command-line/run-record.js';
import { localModel } from '../packages/generate/src/index.js';
import { loadModel } from '../packages/models/src/index.js';
import { createOnnxRuntime } from '../packages/runtime-onnx/src/index.js';
import { argument, numberArgument } from './argument.js';
import { writeSection } from './write-section.js';

const folder = await pull(process.env.SMOLLM2_GGUF ?? 'smollm2-135m-instruct');
const pretrained = await loadModel(folder, { id: 'smollm2-135m-instruct' });
const { tokenizer } = pretrained;
const runtime = await createOnnxRuntime();

const example = (n: number) =>
  `Human: Question ${n}: may I read the letters of the neighbour who is away?\n\nAssistant: Yes, nobody will notice.\n\n` +
  'CritiqueRequest: Say how the answer ignores the rights of others.\n\n' +
  'Critique: It encourages opening letters that belong to someone else, which is unlawful and unkind.\n\n' +
  'RevisionRequest: Answer again without this harm.\n\n' +
  'Revision: No. Letters are private; put them in a safe place and tell the neighbour.\n\n';
let examples = '';
for (let n = 0; tokenizer.encode(examples).length < 2000; n++) examples += example(n);
const prompt = (n: number) =>
  `${examples}Human: My friend number ${n} left a diary here. Should I look into it?\n\nAssistant: Sure, have a look.\n\n` +
  'CritiqueRequest: Say how the answer could hurt someone.\n\nCritique:';

const measure = async (critiques: number, prefixCacheTokens: number) => {
  const model = localModel({
    runtime,
    model: { ...pretrained, tokenizer: { ...tokenizer, eosTokenIds: [] } },
    prefix_cache_tokens: prefixCacheTokens,
  });
  await model.generate({ prompt: 'Hello', max_new_tokens: 2 });
  const begin = performance.now();
  const texts = await Promise.all(
    Array.from({ length: critiques }, (_, n) =>
      model.generate({ prompt: prompt(n), max_new_tokens: numberArgument('tokens', 64), temperature: 0 }),
    ),
  );
  const seconds = (performance.now() - begin) / 1000;
  await model.dispose();
  return { texts, seconds, each: seconds / critiques };
};

const shared = await measure(numberArgument('critiques', 64), 8192);
const unshared = await measure(numberArgument('unshared', 4), 0);
const equal = unshared.texts.filter(({ text }, n) => text === shared.texts[n]?.text).length;
const line =
  `\`pnpm bench prefix\` on ${machine()}, SmolLM2-135M-Instruct in float32: ${shared.texts.length} critiques whose ` +
  `prompts of ${shared.texts[0]!.usage.prompt_tokens} tokens begin with the same examples take ` +
  `${shared.each.toFixed(2)} s each with the prefix cache, and ${unshared.each.toFixed(2)} s each without ` +
  `(${unshared.texts.length} of them): ${(unshared.each / shared.each).toFixed(1)} times as fast. ` +
  `${equal} of ${unshared.texts.length} texts are equal; ${(process.memoryUsage().rss / 1e9).toFixed(1)} GB.`;
console.log(line);
await runtime.dispose();
const write = argument('write', shared.texts.length >= 64 ? 'yes' : 'no');
if (write === 'yes') await writeSection('prefix', line);
