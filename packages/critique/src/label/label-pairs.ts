import type { LanguageModel, Message } from '@charter/core';
import { z } from 'zod';
import { asMessages, type Constitution } from '../constitution/constitution.js';
import { contentSchema } from '../content-schema.js';
import { CritiqueError } from '../critique-error.js';
import { type ComparisonFormat, compareAnswers, fewShotComparisons } from '../judge/compare-answers.js';
import { promptTexts } from '../prompt-texts.js';
import type { CritiqueRow } from '../revise/critique-row.js';
import { forEachInFlight } from '../rows/for-each-in-flight.js';
import { openRowFiles } from '../rows/row-files.js';
import { contentHash, drawPrinciple } from '../seeded-choice.js';
import { countLabels, type LabelCounts, type LabelRow } from './label-row.js';

/** Two answers to compare. */
export interface AnswerPair {
  id?: string | number | undefined;
  prompt: string | Message[];
  a: string;
  b: string;
}

export interface LabelPairsOptions {
  judge: LanguageModel;
  constitution: Constitution;
  /** Pairs, or rows of `critiqueRevise`: a is then the first answer and b the last revision. */
  pairs: Iterable<AnswerPair | CritiqueRow> | AsyncIterable<AnswerPair | CritiqueRow>;
  seed?: number | undefined;
  /** JSONL file for the labelled pairs; what it already holds is not done again. */
  out: string;
  /** JSONL file for pairs under `min_margin`; default `undecided.jsonl` beside `out`. */
  undecided?: string | undefined;
  /** Pairs with 2·probability − 1 not above this (0 to 1) are undecided; default 0: only exact ties. */
  min_margin?: number | undefined;
  /** Number of the constitution's examples that precede as solved comparisons; default 2. */
  few_shot?: number | undefined;
  /** Format of the question to the judge; default `transcript`. */
  format?: ComparisonFormat | undefined;
  /** Pairs in flight; default: the judge's `concurrency`. */
  concurrency?: number | undefined;
  signal?: AbortSignal | undefined;
  /** Called after each pair, once its row is on the disk; without a row when it was there before. */
  onProgress?: ((progress: LabelProgress) => void) | undefined;
}

export interface LabelProgress {
  done: number;
  skipped: number;
  row?: LabelRow;
}

export interface LabelSummary extends LabelCounts {
  out: string;
  undecided_file: string;
  /** Pairs of this run whose row stood in the files already, or that came before in the stream. */
  skipped: number;
  /** True when the signal stopped the run before the end of the stream. */
  stopped: boolean;
}

/**
 * AI feedback: a judge compares two answers by the comparison question of a principle drawn with the seed. The
 * log-probabilities of " (A)" and " (B)" are taken with the answers in both orders and averaged as log-odds, so that
 * a liking for the first place cancels out. Rows are appended as they finish; at the end of the stream both files are
 * put in the order of `index`, the pair's number.
 *
 * @throws {CritiqueError} when the judge cannot score, no principle asks a comparison, or a file or pair does not fit
 * @see Bai et al. 2022, section 4.1 (labels without chain of thought)
 */
export const labelPairs = async (options: LabelPairsOptions): Promise<LabelSummary> => {
  const { judge, constitution, pairs, out, undecided, concurrency, signal, onProgress } = options;
  const { seed = 0, min_margin = 0, few_shot = 2, format = 'transcript' } = options;
  const principles = constitution.principles.flatMap(({ comparison, ...principle }) =>
    comparison === undefined ? [] : [{ ...principle, comparison }],
  );
  if (!judge.score) {
    throw new CritiqueError(
      `${judge.name} gives no log-probabilities, which labels are made of; use a local model or a completions endpoint`,
    );
  }
  if (principles.length === 0) {
    throw new CritiqueError('no principle has a `comparison` question; labels need one', {
      file: constitution.file,
    });
  }

  const counted = countLabels();
  const known = new Set<string>();
  const files = await openRowFiles<LabelRow>({
    out,
    rejected: undecided,
    rejectedName: 'undecided.jsonl',
    isOurs: row => typeof row.key === 'string' && typeof row.position_bias === 'number',
    onRow(row) {
      known.add(row.key);
      counted.add(row);
    },
  });

  const examples = fewShotComparisons(constitution, few_shot);
  const fingerprint = contentHash(
    judge.name,
    constitution.hash,
    seed,
    min_margin,
    few_shot,
    format,
    promptTexts,
  );
  const progress = { done: 0, skipped: 0 };

  const work = async (item: AnswerPair | CritiqueRow, index: number): Promise<void> => {
    const { id, prompt, a, b } = asPair(item, index);
    const pairKey = contentHash(prompt, a, b);
    const key = contentHash(fingerprint, pairKey);
    if (known.has(key)) {
      progress.done += 1;
      progress.skipped += 1;
      onProgress?.({ ...progress });
      return;
    }
    known.add(key);
    const principle = drawPrinciple(principles, seed, pairKey)!;
    const { comparison: question } = principle;
    signal?.throwIfAborted();
    const { log_odds, position_bias } = await compareAnswers(prompt, a, b, {
      judge,
      question,
      few_shot: examples,
      format,
    });
    const preferred = log_odds >= 0 ? 'a' : 'b';
    const [chosen, rejected] = preferred === 'a' ? [a, b] : [b, a];
    const probability = 1 / (1 + Math.exp(-Math.abs(log_odds)));
    const decided = 2 * probability - 1 > min_margin;
    const row: LabelRow = {
      index,
      id: String(id ?? ''),
      prompt,
      chosen: [{ role: 'assistant', content: chosen }],
      rejected: [{ role: 'assistant', content: rejected }],
      probability,
      position_bias,
      consistent: Math.abs(log_odds) > Math.abs(position_bias),
      preferred,
      decided,
      principle_id: principle.id,
      key,
      seed,
      judge: judge.name,
    };
    await files.append(row, decided ? 'accepted' : 'rejected');
    counted.add(row);
    progress.done += 1;
    onProgress?.({ ...progress, row });
  };

  try {
    await forEachInFlight(pairs, concurrency ?? judge.concurrency, work, signal);
  } finally {
    await files.close();
  }
  const stopped = signal?.aborted ?? false;
  if (!stopped) await files.order();
  return { ...counted.counts(), out, undecided_file: files.rejected, skipped: progress.skipped, stopped };
};

const pairSchema = z.object({
  id: z.union([z.string(), z.number()]).optional(),
  prompt: z.union([
    z.string().min(1),
    z.array(z.looseObject({ role: z.string(), content: contentSchema })).min(1),
  ]),
  a: z.string(),
  b: z.string(),
});

const asPair = (item: AnswerPair | CritiqueRow, index: number): AnswerPair & { prompt: Message[] } => {
  const pair =
    'init_response' in item
      ? { id: item.id, prompt: item.messages.slice(0, -1), a: item.init_response, b: item.revision_response }
      : item;
  const result = pairSchema.safeParse(pair);
  if (result.success) return { ...pair, prompt: asMessages(pair.prompt) };
  const { path, message } = result.error.issues[0]!;
  throw new CritiqueError(
    `${path.join('.') || 'the pair'}: ${message}; expected {"prompt", "a", "b"} or a row of critiqueRevise`,
    { index, list: 'pairs' },
  );
};
