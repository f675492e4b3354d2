import type { RowsFor } from '@charter/datasets';
import {
  type AnswersByCondition,
  type ChoiceQuestion,
  createScorer,
  type EvaluationPrompt,
  type HeldOutText,
  type Judge,
  klFromBase,
  type PreferencePair,
  ruleJudge,
  type SkippedRow,
  type StageScores,
  scoreChoices,
  scorePairs,
  scoreTexts,
  withReference,
} from '@charter/evaluate';
import { localModel } from '@charter/generate';
import type { LoraAdapter } from '@charter/lora';
import type { LoadedModel } from '@charter/models';
import type { Runtime } from '@charter/tensor';
import type { CommandContext } from '../command-line/command.js';
import { asChat } from './evaluation-prompts.js';
import { type AnswerOptions, measureAnswers, measureVariants } from './measure-answers.js';

/** Data that a model is measured on; each part may be missing. */
export interface HeldOut {
  readonly pairs?: readonly PreferencePair[] | undefined;
  readonly texts?: readonly HeldOutText[] | undefined;
  readonly prompts?: readonly EvaluationPrompt[] | undefined;
  readonly choices?: readonly ChoiceQuestion[] | undefined;
}

export interface MeasureOptions extends AnswerOptions {
  /** The first one's verdicts count; default: the rules. */
  readonly judges?: readonly [Judge, ...Judge[]] | undefined;
  /** Also asks every prompt in all ways of asking. */
  readonly variants?: boolean | undefined;
  /** Lets the model reason before it chooses among options. */
  readonly cot?: boolean | undefined;
}

/** Results of measuring a model. */
export interface MeasuredModel extends StageScores {
  readonly variants?: AnswersByCondition | undefined;
}

/**
 * Measures a model, with or without an adapter: how it scores pairs and texts, how far the adapter takes it from its
 * base on the texts, and what its answers do.
 */
export const measureModel = async (
  { model, adapter, runtime }: { model: LoadedModel; adapter: LoraAdapter | undefined; runtime: Runtime },
  { pairs = [], texts = [], prompts = [], choices = [] }: HeldOut,
  { judges = [ruleJudge], variants = false, cot, ...options }: MeasureOptions,
  context: CommandContext,
): Promise<MeasuredModel> => {
  const { terminal, signal } = context;
  const scores: { -readonly [Part in keyof MeasuredModel]: MeasuredModel[Part] } = {};
  const tellLeftOut = (what: string, leftOut: readonly SkippedRow[]) => {
    if (leftOut.length === 0) return;
    const { row, reason } = leftOut[0]!;
    terminal.note(`${leftOut.length} ${what} left out. The first is number ${row + 1}: ${reason}`);
  };
  if (pairs.length + texts.length) {
    const scorer = await createScorer({ model, runtime, adapter });
    const line = terminal.progress('score', pairs.length + texts.length);
    const what = [pairs.length > 0 && 'pairs', texts.length > 0 && 'texts'].filter(Boolean).join(' and ');
    try {
      const after = (before: number) => ({
        signal,
        onProgress: ({ done }: { done: number }) =>
          line.update(before + done, `probability of held-out ${what}`),
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
  if (pairs.length && adapter) {
    const reference = await createScorer({ model, runtime });
    const line = terminal.progress('reference', pairs.length);
    try {
      const base = await scorePairs(reference, model.tokenizer, pairs, {
        signal,
        onProgress: ({ done }) =>
          line.update(done, 'log-probabilities of held-out pairs without the adapter'),
      });
      scores.pairs = withReference(scores.pairs!, base.scores);
    } finally {
      line.stop();
      await reference.dispose();
    }
  }
  if (texts.length && adapter) {
    const line = terminal.progress('distance', texts.length);
    const kl = await klFromBase({ model, runtime, adapter }, texts, {
      signal,
      onProgress: ({ done }) => line.update(done, 'from the model without the adapter'),
    }).finally(() => line.stop());
    scores.texts = scores.texts!.map(score => ({ ...score, kl: kl.get(score.id) }));
  }
  if (choices.length) {
    const chooser = localModel({ model, runtime, adapter });
    const line = terminal.progress('choose', choices.length);
    try {
      scores.choices = await scoreChoices(chooser, choices, {
        cot,
        signal,
        onProgress: ({ done }) => line.update(done, 'options of multiple-choice questions'),
      });
    } finally {
      line.stop();
      await chooser.dispose();
    }
  }
  if (prompts.length) {
    const writer = { model, adapter, runtime };
    scores.answers = await measureAnswers(writer, prompts, { ...options, judges }, context);
    if (variants) {
      scores.variants = await measureVariants(writer, prompts, { ...options, judges: [judges[0]] }, context);
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
