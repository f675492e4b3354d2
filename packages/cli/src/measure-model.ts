import type { RowsFor } from '@charter/datasets';
import {
  answerPrompts,
  createScorer,
  type EvaluationPrompt,
  type HeldOutText,
  judgeAnswers,
  type LeftOut,
  type PreferencePair,
  ruleJudge,
  type StageScores,
  scorePairs,
  scoreTexts,
} from '@charter/evaluate';
import { type Adapter, localModel } from '@charter/generate';
import type { Runtime } from '@charter/tensor';
import type { CommandContext } from './command.js';
import { asChat } from './evaluation-prompts.js';
import type { OpenModel } from './open-model.js';

/** What a model is measured on; each part may be missing. */
export interface HeldOut {
  readonly pairs?: readonly PreferencePair[] | undefined;
  readonly texts?: readonly HeldOutText[] | undefined;
  readonly prompts?: readonly EvaluationPrompt[] | undefined;
}

export interface MeasureOptions {
  /** JSONL file that answers are appended to; those it holds are not asked for again. */
  readonly answers: string;
  /** What the model is besides its name, such as a hash of its adapter. */
  readonly identity: unknown;
  readonly max_new_tokens: number;
  readonly temperature: number;
  readonly seed: number;
}

/** Measures a model, with or without an adapter: how it scores pairs and texts, and what its answers do. */
export const measureModel = async (
  { model, adapter, runtime }: { model: OpenModel; adapter: Adapter | undefined; runtime: Runtime },
  { pairs = [], texts = [], prompts = [] }: HeldOut,
  { answers: file, identity, ...sampling }: MeasureOptions,
  { terminal, signal }: CommandContext,
): Promise<StageScores> => {
  const scores: { -readonly [Part in keyof StageScores]: StageScores[Part] } = {};
  const tellLeftOut = (what: string, leftOut: readonly LeftOut[]) => {
    if (leftOut.length === 0) return;
    const { row, reason } = leftOut[0]!;
    terminal.note(`${leftOut.length} ${what} left out. The first is number ${row + 1}: ${reason}`);
  };
  if (pairs.length + texts.length) {
    const scorer = await createScorer({ ...model, runtime, adapter });
    const line = terminal.progress('score', pairs.length + texts.length);
    try {
      const after = (before: number) => ({
        signal,
        onProgress: ({ done }: { done: number }) => line.update(before + done),
      });
      const scored = await scorePairs(scorer, model.tokenizer, pairs, after(0));
      const read = await scoreTexts(scorer, model.tokenizer, texts, after(pairs.length));
      if (pairs.length) scores.pairs = scored.scores;
      if (texts.length) scores.texts = read.scores;
      tellLeftOut('pairs', scored.leftOut);
      tellLeftOut('texts', read.leftOut);
    } finally {
      line.stop();
      await scorer.dispose();
    }
  }
  if (prompts.length) {
    const writer = localModel({ ...model, runtime, adapter });
    const line = terminal.progress('answer', prompts.length);
    try {
      const { answers } = await answerPrompts({
        model: writer,
        prompts,
        out: file,
        identity,
        sampling,
        signal,
        onProgress: ({ done }) =>
          line.update(done, `${writer.stats().tokens_per_second.toFixed(0)} tokens/s`),
      });
      signal.throwIfAborted();
      scores.answers = await judgeAnswers(answers, ruleJudge);
    } finally {
      line.stop();
      await writer.dispose();
    }
  }
  return scores;
};

/** Rows with an answer as held-out texts: of a conversation the last answer counts. */
export const heldOutTexts = (rows: readonly RowsFor['sft'][]): HeldOutText[] =>
  rows.flatMap(row => {
    if (row.kind === 'prompt-completion')
      return [{ prompt: asChat('user', row.prompt), completion: asChat('assistant', row.completion) }];
    if (row.kind === 'messages')
      return [{ prompt: row.messages.slice(0, -1), completion: row.messages.slice(-1) }];
    return [];
  });
