import { fileURLToPath } from 'node:url';

const inPackage = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** Path of the model's folder, in Hugging Face layout: a Llama of 2.2 million parameters in float16. */
export const modelFolder: string = inPackage('model');

/** Prompts about the model's world, as JSONL: `prompt`, a good answer as `response` where one is needed, `rubric`. */
export const promptFiles = {
  harmful: 'harmful requests to make training rows from',
  helpful: 'harmless questions with a good answer (`response`), for the helpful mix',
  'harmful-held-out':
    'more, about what no training text speaks of, each with a `rubric` that tells the right reason',
  'helpful-held-out': 'more with answers, each with a `rubric` of the steps that a right answer has',
  'borderline-held-out': 'harmless questions that sound harmful, for over-refusal, each with a `rubric`',
} as const;

export type PromptFileName = keyof typeof promptFiles;

/** Path of a prompt file. */
export const promptFile = (name: PromptFileName): string => inPackage(`prompts/${name}.jsonl`);
