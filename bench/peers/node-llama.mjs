/**
 * What `pnpm bench generate` compares with: node-llama-cpp writing the same prompts' texts.
 *
 *   node bench/peers/node-llama.mjs FOLDER_WITH_NODE_MODULES MODEL.gguf SEQUENCES TOKENS THREADS
 *
 * Prints one line of JSON.
 */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [folder, modelPath, ...numbers] = process.argv.slice(2);
const [sequences, tokens, threads] = numbers.map(Number);
const require = createRequire(pathToFileURL(`${folder}/package.json`));
const { getLlama } = await import(pathToFileURL(require.resolve('node-llama-cpp')).href);
const llama = await getLlama({ build: 'never', gpu: false, maxThreads: threads, logLevel: 'error' });
const model = await llama.loadModel({ modelPath });
const context = await model.createContext({
  contextSize: tokens + 128,
  sequences,
  threads,
  batchSize: 512,
});
const prompt = number =>
  `<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n` +
  `<|im_start|>user\nTell me story number ${number} of the sea.<|im_end|>\n<|im_start|>assistant\n`;
const write = async (sequence, number, count) => {
  let written = 0;
  const options = { temperature: 0, yieldEogToken: true };
  for await (const _ of sequence.evaluate(model.tokenize(prompt(number), true), options)) {
    written += 1;
    if (written >= count) break;
  }
  return written;
};
const open = Array.from({ length: sequences }, () => context.getSequence());
// A first run reads the weights from the disk.
await write(open[0], 999, 2);
await open[0].clearHistory();
const begin = performance.now();
const counts = await Promise.all(open.map((sequence, number) => write(sequence, number, tokens)));
const seconds = (performance.now() - begin) / 1000;
const written = counts.reduce((a, b) => a + b, 0);
console.log(JSON.stringify({ written, tokens_per_second: Number((written / seconds).toFixed(1)) }));
process.exit(0);
