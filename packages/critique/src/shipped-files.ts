import { fileURLToPath } from 'node:url';

// In this folder, as `dist` is one level below the package too.

/** Folder of the constitutions that ship with this package. */
export const constitutionsFolder = fileURLToPath(new URL('../constitutions/', import.meta.url));

/** Prompts of our own that ship with this package, as JSONL. */
export const promptFiles = {
  harmful: '24 red-team requests to make training rows from',
  'harmful-held-out': '16 more, for evaluation only',
  helpful: '24 harmless questions with a good answer (`response`), for the helpful mix',
  'helpful-held-out': '16 more with answers, for perplexity and helpfulness',
  'borderline-held-out': '12 harmless questions that sound harmful, for over-refusal',
} as const;

export type PromptFileName = keyof typeof promptFiles;

/** Path of a prompt file that ships with this package. */
export const promptFile = (name: PromptFileName): string =>
  fileURLToPath(new URL(`../prompts/${name}.jsonl`, import.meta.url));
