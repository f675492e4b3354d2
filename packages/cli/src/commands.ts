import type { Command } from './command-line/command.js';

interface Entry {
  /** One sentence for the list of commands. */
  readonly summary: string;
  /** Loads the command: only the one that was asked for, so that `charter --help` is quick. */
  load(): Promise<Command>;
}

/** Every command, in the order of the help text. */
export const commands: Readonly<Record<string, Entry>> = {
  run: {
    summary: 'everything in stages: critique, SFT, labels, DPO, evaluation, report',
    load: async () => (await import('./commands/run.js')).run,
  },
  sweep: {
    summary: 'a recipe under several settings, harmless against helpful',
    load: async () => (await import('./commands/sweep.js')).sweep,
  },
  doctor: {
    summary: 'what works on this machine: devices, cache, hub',
    load: async () => (await import('./commands/doctor.js')).doctor,
  },
  pull: {
    summary: 'fetch a model and print its folder',
    load: async () => (await import('./commands/pull.js')).pullCommand,
  },
  critique: {
    summary: 'answer prompts, criticise the answers by a constitution, and revise them',
    load: async () => (await import('./commands/critique.js')).critique,
  },
  work: {
    summary: 'answer the requests of a pool: one of many machines with the same model',
    load: async () => (await import('./commands/work.js')).work,
  },
  label: {
    summary: 'let a model choose the better of two answers (AI feedback)',
    load: async () => (await import('./commands/label.js')).label,
  },
  'merge-rows': {
    summary: 'rows of several files in one, each key once',
    load: async () => (await import('./commands/merge-rows.js')).mergeRowsCommand,
  },
  sft: {
    summary: 'supervised fine-tuning of a LoRA adapter',
    load: async () => (await import('./commands/sft.js')).sftCommand,
  },
  dpo: {
    summary: 'direct preference optimization of a LoRA adapter',
    load: async () => (await import('./commands/dpo.js')).dpoCommand,
  },
  launch: {
    summary: 'sft, dpo or evaluate in several processes, on one machine or many',
    load: async () => (await import('./commands/launch.js')).launch,
  },
  evaluate: {
    summary: 'preference accuracy, perplexity, refusals, each with its interval',
    load: async () => (await import('./commands/evaluate.js')).evaluate,
  },
  judge: {
    summary: 'refusals among answers made elsewhere, and how far a judge agrees with labels',
    load: async () => (await import('./commands/judge.js')).judge,
  },
  report: {
    summary: 'one HTML page from the data of a run',
    load: async () => (await import('./commands/report.js')).report,
  },
  generate: {
    summary: 'answers to the prompts of a file',
    load: async () => (await import('./commands/generate.js')).generate,
  },
  chat: {
    summary: 'talk with a model',
    load: async () => (await import('./commands/chat.js')).chat,
  },
  serve: {
    summary: 'a model and its adapters behind an OpenAI-compatible API',
    load: async () => (await import('./commands/serve.js')).serveCommand,
  },
  merge: {
    summary: 'merge an adapter into its model',
    load: async () => (await import('./commands/merge.js')).merge,
  },
  export: {
    summary: 'an adapter or a model as GGUF, for llama.cpp',
    load: async () => (await import('./commands/export.js')).exportCommand,
  },
  inspect: {
    summary: 'the tokens of a row, the trained ones marked',
    load: async () => (await import('./commands/inspect.js')).inspect,
  },
  tokenize: {
    summary: 'token ids of the rows of a file',
    load: async () => (await import('./commands/tokenize.js')).tokenize,
  },
  score: {
    summary: 'log-probability of every token of the rows of a file',
    load: async () => (await import('./commands/score.js')).score,
  },
};
