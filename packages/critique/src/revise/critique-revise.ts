import type { Message } from '@charter/core';
import { contentText } from '@charter/core';
import { z } from 'zod';
import { asMessages } from '../constitution/constitution.js';
import { contentSchema } from '../content-schema.js';
import { CritiqueError } from '../critique-error.js';
import { earlierCritiques } from '../gates/earlier-critiques.js';
import { promptTexts } from '../prompt-texts.js';
import { forEachInFlight } from '../rows/for-each-in-flight.js';
import { openRowFiles } from '../rows/row-files.js';
import { contentHash } from '../seeded-choice.js';
import { needsJudge } from './check-judge.js';
import { type Chain, critiqueChain, promptKeyOf } from './critique-chain.js';
import { type CritiqueOptions, chainOptions } from './critique-options.js';
import type { CritiqueRow } from './critique-row.js';
import { type CritiqueCounts, countRows } from './critique-summary.js';

/** A prompt; with `init_response` that answer is criticised and none is asked for. */
export interface CritiquePrompt {
  id?: string | number | undefined;
  prompt: string | Message[];
  init_response?: string | undefined;
}

export type CritiqueReviseOptions = CritiqueOptions & {
  prompts: Iterable<CritiquePrompt> | AsyncIterable<CritiquePrompt>;
  /** JSONL file for accepted rows; what it already holds is not done again. */
  out: string;
  /** JSONL file for rows that no attempt got past the gates; default `rejected.jsonl` beside `out`. */
  rejected?: string | undefined;
  /** Prompts in flight; default: the larger `concurrency` of the models. */
  concurrency?: number | undefined;
  /** Takes only every `of`-th prompt, from the `number`-th on (from 1): several processes share a stream, each its own `out`. */
  shard?: { number: number; of: number } | undefined;
  /**
   * Called where a model fails at a prompt, such as one that is too long for it. Where it returns, the prompt gets no
   * row, and the next start tries it again; where it throws, as by default, the run ends.
   */
  onFailedPrompt?: ((error: unknown, prompt: CritiquePrompt) => void) | undefined;
  /** Called after each prompt, once its row is on the disk. */
  onProgress?: ((progress: CritiqueProgress) => void) | undefined;
};

export interface CritiqueProgress {
  /** Prompts read from the stream and dealt with in this run, skipped ones included. */
  done: number;
  /** Prompts whose row an earlier run wrote, and prompts that stood in the stream before. */
  skipped: number;
  duplicates: number;
  /** Rows in the files, earlier runs included. */
  accepted: number;
  rejected: number;
  /** The row just written; absent when the prompt was skipped. */
  row?: CritiqueRow;
}

export interface CritiqueSummary extends CritiqueCounts {
  out: string;
  rejected_file: string;
  /** Prompts of this run whose row stood in the files already. */
  skipped: number;
  /** Prompts that stood in the stream before. */
  duplicates: number;
  /** True when the signal stopped the run before the end of the stream. */
  stopped: boolean;
}

const promptSchema = z.object({
  id: z.union([z.string(), z.number()]).optional(),
  prompt: z.union([
    z.string().trim().min(1),
    z
      .array(z.looseObject({ role: z.enum(['system', 'user', 'assistant', 'tool']), content: contentSchema }))
      .refine(messages => messages.at(-1)?.role === 'user', 'the last message must be the user’s'),
  ]),
  init_response: z.string().optional(),
});

/**
 * Answers each prompt, then criticises and rewrites the answer by principles of the constitution, and appends one
 * row per prompt to `out`, in the columns of HuggingFaceH4/cai-conversation-harmless and some of our own.
 *
 * Rows are keyed by what decides them (models, prompt, seed, constitution, settings). A second start repeats none
 * and goes on, also after kill -9, which costs at most the rows in flight. Rows are appended as they finish; at the
 * end of the stream both files are put in the order of `index`, the prompt's number: the same seed, the same bytes. A
 * row is accepted when at least one revision passed every gate.
 *
 * @returns counts over both files; see {@link CritiqueCounts}
 * @throws {CritiqueError} for a setting, prompt or file that does not fit
 * @throws what a model throws, once the rows in flight are finished
 * @see Bai et al. 2022, section 3; huggingface/llm-swarm examples/constitutional-ai/generate_dataset.py
 */
export const critiqueRevise = async (options: CritiqueReviseOptions): Promise<CritiqueSummary> => {
  const { prompts, out, rejected, concurrency, shard, onFailedPrompt, onProgress, ...given } = options;
  const chained = chainOptions(given);
  const { model, critic, judge, constitution, settings, signal } = chained;
  const earlier = earlierCritiques();
  const counted = countRows();
  const known = new Map<string, () => Promise<CritiqueRow>>();
  const files = await openRowFiles<CritiqueRow>({
    out,
    rejected,
    rejectedName: 'rejected.jsonl',
    isOurs: row => typeof row.key === 'string' && Array.isArray(row.steps),
    onRow(row, again) {
      known.set(row.key, again);
      counted.add(row);
    },
  });

  const started = new Set<string>();
  const progress = { done: 0, skipped: 0, duplicates: 0 };
  const report = (row?: CritiqueRow) => {
    progress.done += 1;
    const totals = counted.totals();
    onProgress?.({
      ...progress,
      accepted: totals.accepted,
      rejected: totals.rejected,
      ...(row ? { row } : {}),
    });
  };
  const judgeName = needsJudge(settings) ? judge.name : '';
  const names = [model.name, critic.name, judgeName];
  const fingerprint = contentHash(...names, constitution.hash, settings, promptTexts);

  const work = async (item: CritiquePrompt, index: number): Promise<void> => {
    if (shard && index % shard.of !== shard.number - 1) return;
    const { id, prompt, init_response } = checkPrompt(item, index);
    const conversation = asMessages(prompt);
    const promptKey = promptKeyOf(conversation);
    const key = contentHash(fingerprint, promptKey, init_response ?? null);
    const done = known.get(key);
    if (done || started.has(key)) {
      if (done) earlier.addFinished(async () => firstCritique(await done()));
      progress[done ? 'skipped' : 'duplicates'] += 1;
      return report();
    }
    started.add(key);
    const history = earlier.add();
    let chain: Chain;
    try {
      chain = await critiqueChain(conversation, init_response, promptKey, { ...chained, history });
    } catch (error) {
      if (!onFailedPrompt || signal?.aborted) throw error;
      onFailedPrompt(error, item);
      return report();
    } finally {
      history.close();
    }
    const about = {
      index,
      id: String(id ?? ''),
      key,
      seed: settings.seed,
      model: model.name,
      critic: critic.name,
      judge: judgeName,
    };
    const row = rowOf(conversation, chain, about);
    await files.append(row, row.accepted ? 'accepted' : 'rejected');
    counted.add(row);
    report(row);
  };

  try {
    await forEachInFlight(
      prompts,
      concurrency ?? Math.max(model.concurrency, critic.concurrency),
      work,
      signal,
    );
  } finally {
    await files.close();
  }
  const stopped = signal?.aborted ?? false;
  if (!stopped) await files.order();
  const { skipped, duplicates } = progress;
  return { ...counted.counts(), out, rejected_file: files.rejected, skipped, duplicates, stopped };
};

const firstCritique = ({ steps }: CritiqueRow): string | undefined => steps[0]?.critique || undefined;

const checkPrompt = (item: CritiquePrompt, index: number): CritiquePrompt => {
  const result = promptSchema.safeParse(item);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  throw new CritiqueError(
    `${path.join('.') || 'the row'}: ${message}; expected {"prompt": "…"} or {"prompt": [{"role", "content"}, …]}`,
    { index },
  );
};

const rowOf = (
  conversation: Message[],
  { answer, steps, usage }: Chain,
  about: Pick<CritiqueRow, 'index' | 'id' | 'key' | 'seed' | 'model' | 'critic' | 'judge'>,
): CritiqueRow => {
  const used = steps.findLast(({ gate }) => gate === '');
  const shown = used ?? steps.at(-1);
  const asked = contentText(conversation.at(-1)!.content);
  const answered = (content: string): Message[] => [...conversation, { role: 'assistant', content }];
  const { index, ...identity } = about;
  const revision = shown?.revision ?? '';
  return {
    index,
    prompt: asked,
    init_prompt: asked,
    init_response: answer,
    critic_prompt: shown?.critic_prompt ?? '',
    critic_response: shown?.critique ?? '',
    revision_prompt: shown?.revision_prompt ?? '',
    revision_response: revision,
    messages: answered(revision),
    chosen: answered(revision),
    rejected: answered(answer),
    accepted: used !== undefined,
    ...(used ? {} : { reasons: steps.map(({ gate, reason }) => `${gate}: ${reason}`) }),
    principle_id: shown?.principle_id ?? '',
    ...identity,
    steps,
    usage,
  };
};
