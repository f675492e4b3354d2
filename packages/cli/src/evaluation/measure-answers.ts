import {
  type AnswersByCondition,
  answerPrompts,
  applyPromptVariant,
  cacheVerdicts,
  type EvaluationPrompt,
  type Judge,
  type JudgedAnswer,
  judgeAnswers,
  promptVariantNames,
} from '@charter/evaluate';
import { type LocalModel, localModel } from '@charter/generate';
import type { LoraAdapter } from '@charter/lora';
import { type LoadedModel, modelName, quantizeModel } from '@charter/models';
import type { Runtime } from '@charter/tensor';
import type { CommandContext } from '../command-line/command.js';

export interface AnswerOptions {
  /** JSONL file that answers are appended to; those it holds are not asked for again. */
  readonly answers: string;
  /** JSONL file for the verdicts of models that judge; those it holds are not asked for again. */
  readonly verdicts: string;
  /** Fingerprint of the model besides its name, such as a hash of its adapter. */
  readonly identity: unknown;
  readonly max_new_tokens: number;
  readonly temperature: number;
  readonly seed: number;
}

/** A model that writes, with what is done to its weights. */
export interface AdaptedModel {
  readonly model: LoadedModel;
  readonly adapter?: LoraAdapter | undefined;
  readonly quantize?: '4bit' | undefined;
  readonly runtime: Runtime;
}

/** A model's answers to prompts, judged. */
export const measureAnswers = (
  writer: AdaptedModel,
  prompts: readonly EvaluationPrompt[],
  options: AnswerOptions & { judges: readonly [Judge, ...Judge[]] },
  context: CommandContext,
): Promise<JudgedAnswer[]> =>
  withLocalModel(writer, local => answerAndJudge(local, prompts, prompts, options, context));

/** The same in every way of asking. Each answer is judged as one to the plain question, and has its id. */
export const measureVariants = (
  writer: AdaptedModel,
  prompts: readonly EvaluationPrompt[],
  options: AnswerOptions & { judges: readonly [Judge, ...Judge[]] },
  context: CommandContext,
): Promise<AnswersByCondition> =>
  withLocalModel(writer, async local => {
    const answers: Record<string, readonly JudgedAnswer[]> = {};
    for (const variant of promptVariantNames) {
      const asked = applyPromptVariant(prompts, variant, options.seed);
      answers[variant] = await answerAndJudge(local, prompts, asked, options, context, variant);
    }
    return answers;
  });

const withLocalModel = async <T>(
  writer: AdaptedModel,
  work: (local: LocalModel) => Promise<T>,
): Promise<T> => {
  const { model, quantize, ...options } = writer;
  const name = modelName(model);
  const local = localModel({
    ...options,
    model: quantize ? await quantizeModel(model, quantize) : model,
    name: quantize ? `${name}@${quantize}` : name,
  });
  try {
    return await work(local);
  } finally {
    await local.dispose();
  }
};

const answerAndJudge = async (
  writer: LocalModel,
  prompts: readonly EvaluationPrompt[],
  asked: readonly EvaluationPrompt[],
  {
    answers: out,
    verdicts,
    identity,
    judges,
    ...sampling
  }: AnswerOptions & { judges: readonly [Judge, ...Judge[]] },
  { terminal, signal }: CommandContext,
  variant?: string,
): Promise<JudgedAnswer[]> => {
  const what = variant === undefined ? 'to held-out prompts' : `to held-out prompts, ${variant}`;
  const line = terminal.progress('answer', asked.length);
  try {
    const { answers } = await answerPrompts({
      model: writer,
      prompts: asked,
      out,
      fingerprint: identity,
      sampling,
      signal,
      onProgress: ({ done }) => line.update(done, `${what} · ${speed(writer)}`),
    });
    signal.throwIfAborted();
    const remembering = await cacheVerdicts(judges, verdicts);
    if (asked === prompts) return await judgeAnswers(answers, ...remembering);
    const ids = plainIds(prompts);
    const toPlain = answers.map((answer, i) => ({ ...answer, id: ids[i]!, prompt: prompts[i]!.prompt }));
    const judged = await judgeAnswers(toPlain, ...remembering);
    return judged.map((answer, i) => ({ ...answer, prompt: answers[i]!.prompt }));
  } finally {
    line.stop();
  }
};

const speed = (writer: LocalModel): string => `${writer.stats().tokens_per_second.toFixed(0)} tokens/s`;

/** A prompt's place in its file stands for it: the same in every way of asking. */
const plainIds = (prompts: readonly EvaluationPrompt[]): string[] =>
  prompts.map((_, i) => `question ${i + 1}`);
