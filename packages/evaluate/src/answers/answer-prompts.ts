import {
  type Completion,
  type LanguageModel,
  type Message,
  type SamplingOptions,
  samplingOptionsSchema,
} from '@charter/generate';
import pLimit from 'p-limit';
import { z } from 'zod';
import { caseId, caseIds } from '../case-id.js';
import type { Rubric } from '../judges/rubric.js';
import { openRows } from '../open-rows.js';
import { type PromptKind, promptKinds } from './prompt-kind.js';

export interface EvaluationPrompt {
  readonly kind: PromptKind;
  /** Messages are a chat; a string is raw text, as in `LanguageModel.generate`. */
  readonly prompt: readonly Message[] | string;
  /** By which answers to it are judged; see `judgeByRubric`. */
  readonly rubric?: Rubric | undefined;
  /** The user's name for the prompt: the column `id` of its row. */
  readonly row_id?: string | undefined;
}

/** Sampling of answers: the options of `generate`, but greedy by default. */
export const answerOptionsSchema = samplingOptionsSchema.extend({
  temperature: z.number().min(0).default(0).describe('divides the logits; 0 takes the most likely token'),
  seed: z.int().default(0).describe('the same seed gives the same answers, in any order of work'),
});

const answerSchema = z.object({
  key: z.string(),
  id: z.string(),
  kind: z.enum(promptKinds),
  prompt: z.union([z.string(), z.array(z.object({ role: z.string(), content: z.string() }))]),
  text: z.string(),
  finish_reason: z.enum(['stop', 'length', 'content_filter']),
  tokens: z.int().nonnegative(),
  model: z.string(),
});

/** A model's answer to a prompt: a row of the answers' file. */
export interface Answer {
  /** Differs when anything differs that decides the answer. */
  readonly key: string;
  /** The same for the same prompt, whatever model answers. */
  readonly id: string;
  readonly kind: PromptKind;
  readonly prompt: readonly Message[] | string;
  readonly text: string;
  readonly finish_reason: Completion['finish_reason'];
  readonly tokens: number;
  readonly model: string;
  /** As the prompt has it now; not in the file. */
  readonly rubric?: Rubric | undefined;
  readonly row_id?: string | undefined;
}

export interface AnswerPromptsOptions {
  readonly model: LanguageModel;
  readonly prompts: readonly EvaluationPrompt[];
  /** JSONL file to which answers are appended; those that it holds already are not asked for again. */
  readonly out?: string | undefined;
  /**
   * Fingerprint of the model beyond its name, such as a hash of its adapter: an answer in the file counts only if this and
   * the model's name are the same.
   */
  readonly fingerprint?: unknown;
  readonly sampling?: Partial<SamplingOptions> | undefined;
  /** Ends the work; answers in the file are kept. */
  readonly signal?: AbortSignal | undefined;
  /** Called after each answer, those from the file included. */
  onProgress?: ((progress: { done: number; total: number; answer: Answer }) => void) | undefined;
}

/**
 * Lets a model answer prompts.
 *
 * @returns the answers in the order of the prompts; after `signal` fired only those that are there
 * @throws {EvaluateError} when the file holds something else
 * @throws what the model throws, once the requests in flight have ended
 */
export const answerPrompts = async ({
  model,
  prompts,
  out,
  fingerprint,
  sampling,
  signal,
  onProgress,
}: AnswerPromptsOptions): Promise<{ answers: Answer[]; stopped: boolean }> => {
  const { seed, ...drawing } = answerOptionsSchema.parse(sampling ?? {});
  const file = out === undefined ? undefined : await openRows(out, isAnswer, 'an answer');
  const known = new Map(file?.rows.map(answer => [answer.key, answer]));
  const ids = caseIds(prompts, ({ kind, prompt }) => [kind, prompt]);
  const answers: (Answer | undefined)[] = prompts.map(() => undefined);
  let done = 0;
  let failed = false;

  const answerOne = async (
    { kind, prompt, rubric, row_id }: EvaluationPrompt,
    row: number,
  ): Promise<void> => {
    if (failed || signal?.aborted) return;
    const id = ids[row]!;
    const key = caseId(model.name, fingerprint ?? null, id, drawing, seed);
    let answer = known.get(key);
    if (!answer) {
      const { text, finish_reason, usage } = await model.generate({
        // An endpoint is sent what was asked for, not what changes nothing.
        ...sampling,
        temperature: drawing.temperature,
        max_new_tokens: drawing.max_new_tokens,
        prompt: typeof prompt === 'string' ? prompt : [...prompt],
        // The same in every stage, so that stages differ by the model alone.
        seed: Number.parseInt(caseId(seed, id).slice(0, 8), 16) >>> 1,
        signal,
      });
      answer = {
        key,
        id,
        kind,
        prompt,
        text,
        finish_reason,
        tokens: usage.completion_tokens,
        model: model.name,
      };
      await file?.append(answer);
    }
    answers[row] = {
      ...answer,
      ...(rubric !== undefined && { rubric }),
      ...(row_id !== undefined && { row_id }),
    };
    done++;
    onProgress?.({ done, total: prompts.length, answer });
  };

  const limit = pLimit(Math.max(1, model.concurrency));
  const outcomes = await Promise.allSettled(
    prompts.map((prompt, row) =>
      limit(() =>
        answerOne(prompt, row).catch(error => {
          failed = true;
          throw error;
        }),
      ),
    ),
  );
  const stopped = signal?.aborted ?? false;
  const failure = outcomes.find(outcome => outcome.status === 'rejected');
  // A request that the signal ended fails as it likes.
  if (failure && !stopped) throw failure.reason;
  return { answers: answers.filter(answer => answer !== undefined), stopped };
};

const isAnswer = (value: unknown): value is Answer => answerSchema.safeParse(value).success;
