/**
 * The one place of what all package.json files share: where the project lives, its engines and license, and each
 * package's keywords. `node scripts/package-metadata.mjs` writes it into them; tests/repository.test.ts holds them to it.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { argv } from 'node:process';
import { fileURLToPath } from 'node:url';
import { root } from './run-command.mjs';

/** Where the project lives. Change it here, and run this file. */
export const repository = 'https://github.com/charter-ts/charter';

const everywhere = ['constitutional-ai', 'charter'];

/** What one would search a registry for, beside the words that every package carries. */
const keywords = {
  'ai-sdk': ['ai-sdk', 'ai-sdk-provider', 'vercel-ai', 'local-llm', 'onnx'],
  'charter-tiny': ['language-model', 'model-organism', 'tiny-model', 'safetensors'],
  checkpoint: ['safetensors', 'gguf', 'huggingface', 'checkpoint', 'model-weights'],
  cli: ['cli', 'fine-tuning', 'lora', 'dpo', 'rlaif', 'llm', 'onnx'],
  core: ['jsonl', 'atomic-write', 'errors'],
  critique: ['critique', 'revision', 'rlaif', 'ai-feedback', 'preference-data', 'llm'],
  datasets: ['dataset', 'jsonl', 'parquet', 'preference-data', 'chat', 'fine-tuning'],
  dpo: ['dpo', 'direct-preference-optimization', 'preference-optimization', 'lora', 'fine-tuning', 'llm'],
  evaluate: ['evaluation', 'llm', 'refusal', 'perplexity', 'judge'],
  generate: ['llm', 'text-generation', 'inference', 'kv-cache', 'openai-compatible', 'onnx'],
  lora: ['lora', 'dora', 'peft', 'adapter', 'fine-tuning'],
  models: ['llama', 'qwen', 'gemma', 'transformer', 'llm', 'quantization'],
  mpi: ['mpi', 'slurm', 'distributed-training', 'allreduce'],
  queue: ['queue', 'redis', 'bullmq', 'llm', 'distributed'],
  report: ['report', 'evaluation', 'html', 'charts'],
  'runtime-gpu': ['gpu', 'webgpu', 'webgl', 'gpu.js', 'tensor'],
  'runtime-onnx': ['onnx', 'onnxruntime', 'webgpu', 'cuda', 'tensor'],
  serve: ['openai-compatible', 'server', 'llm', 'inference'],
  sft: ['sft', 'supervised-fine-tuning', 'lora', 'fine-tuning', 'llm'],
  tensor: ['tensor', 'autodiff', 'computation-graph', 'gradients', 'onnx'],
  'text-statistics': ['text', 'n-grams', 'repetition', 'refusal'],
  tokenizer: ['tokenizer', 'chat-template', 'jinja', 'huggingface', 'bpe'],
  trainer: ['training', 'adamw', 'optimizer', 'fine-tuning', 'checkpointing'],
};

const scripts = {
  prepack: 'node ../../scripts/prepack.mjs',
  postpack: 'node ../../scripts/prepack.mjs --undo',
};

/**
 * What the package.json of a published package must say.
 *
 * @param {string} folder name below packages/
 * @param {Record<string, any>} manifest as it is
 */
export const withMetadata = (folder, manifest) => {
  if (keywords[folder] === undefined)
    throw new Error(`scripts/package-metadata.mjs: no keywords for ${folder}.`);
  const { name, version, description, ...rest } = manifest;
  return {
    name,
    version,
    description,
    keywords: [...keywords[folder], ...everywhere],
    homepage: `${repository}/tree/main/packages/${folder}#readme`,
    bugs: `${repository}/issues`,
    repository: { type: 'git', url: `git+${repository}.git`, directory: `packages/${folder}` },
    ...rest,
    license: 'MIT',
    type: 'module',
    engines: { node: '>=20' },
    files: [
      'dist',
      ...manifest.files.filter(file => file !== 'dist' && file !== 'CHANGELOG.md'),
      'CHANGELOG.md',
    ],
    scripts: { ...manifest.scripts, ...scripts },
  };
};

if (argv[1] === fileURLToPath(import.meta.url)) {
  for (const folder of readdirSync(`${root}packages`)) {
    const file = `${root}packages/${folder}/package.json`;
    const manifest = JSON.parse(readFileSync(file, 'utf8'));
    if (!manifest.private)
      writeFileSync(file, `${JSON.stringify(withMetadata(folder, manifest), null, 2)}\n`);
  }
}
