import { ngrams, words } from '@charter/text-statistics';

/** Number of earlier prompts that a row is compared with: a bound on memory. */
const COMPARED = 128;

/** The most similar critique, and the share (0 to 1) of the text’s 4-grams that are in it. */
export interface SimilarCritique {
  share: number;
  text: string;
}

/** The critique of one prompt, in the order of the prompts. */
export interface CritiqueHandle {
  /** Records the row's first critique as soon as it is written; undefined where there is none. */
  record(critique: string | undefined): void;
  /** The most similar first critique of the prompts before this one; waits for those in flight. */
  mostSimilar(text: string): Promise<SimilarCritique>;
  /** Call it when the row is done, also when it failed. */
  close(): void;
}

export interface EarlierCritiques {
  /** Adds a prompt; prompts are added in their order. */
  add(): CritiqueHandle;
  /** Adds a prompt whose row is finished; the row is read only when a later prompt compares with it. */
  addFinished(read: () => Promise<string | undefined>): void;
}

interface Entry {
  order: number;
  text: string;
  ngrams: Set<string>;
  recorded: boolean;
  /** Resolves once it is recorded. */
  ready: () => Promise<void>;
}

/**
 * Finds critiques that repeat an earlier one. A row is compared with the first critiques of the prompts before
 * it, in the order of the prompts and not of time, so that a seed gives the same rows however requests overtake
 * each other, and also when a run was killed and goes on.
 */
export const earlierCritiques = (compared = COMPARED): EarlierCritiques => {
  const entries = new Map<number, Entry>();
  const unfinished = new Set<number>();
  // The critiques that hold each 4-gram, so that a text is compared with all of them in one pass.
  const entriesByNgram = new Map<string, Set<Entry>>();
  let next = 0;

  const index = (entry: Entry, critique: string | undefined) => {
    if (entry.recorded) return;
    entry.recorded = true;
    if (critique === undefined || entries.get(entry.order) !== entry) return;
    entry.text = critique;
    entry.ngrams = ngramsOf(critique);
    for (const ngram of entry.ngrams) {
      const holders = entriesByNgram.get(ngram);
      if (holders) holders.add(entry);
      else entriesByNgram.set(ngram, new Set([entry]));
    }
  };
  const forget = () => {
    const [oldest = next] = unfinished;
    for (const entry of entries.values()) {
      if (entry.order >= oldest - compared) break;
      entries.delete(entry.order);
      for (const ngram of entry.ngrams) {
        const holders = entriesByNgram.get(ngram)!;
        holders.delete(entry);
        if (holders.size === 0) entriesByNgram.delete(ngram);
      }
    }
  };
  const newEntry = (): Entry => {
    const entry: Entry = {
      order: next++,
      text: '',
      ngrams: new Set(),
      recorded: false,
      ready: () => Promise.resolve(),
    };
    entries.set(entry.order, entry);
    return entry;
  };

  return {
    addFinished(read) {
      const entry = newEntry();
      forget();
      let reading: Promise<void> | undefined;
      entry.ready = () => (reading ??= read().then(critique => index(entry, critique)));
    },
    add() {
      const entry = newEntry();
      const { order } = entry;
      unfinished.add(order);
      forget();
      let resolve!: () => void;
      const recorded = new Promise<void>(done => {
        resolve = done;
      });
      entry.ready = () => recorded;
      const record = (critique: string | undefined) => {
        index(entry, critique);
        resolve();
      };
      return {
        record,
        async mostSimilar(text) {
          const from = Math.max(0, order - compared);
          const before = Array.from({ length: order - from }, (_, n) => entries.get(from + n)!);
          await Promise.all(before.filter(({ recorded }) => !recorded).map(({ ready }) => ready()));
          return mostSimilar(ngramsOf(text), entriesByNgram, from, order);
        },
        close() {
          record(undefined);
          unfinished.delete(order);
        },
      };
    },
  };
};

const ngramsOf = (text: string) => new Set(ngrams(words(text), 4));

const mostSimilar = (
  own: ReadonlySet<string>,
  entriesByNgram: ReadonlyMap<string, ReadonlySet<Entry>>,
  from: number,
  end: number,
): SimilarCritique => {
  const counts = new Map<Entry, number>();
  for (const ngram of own) {
    for (const entry of entriesByNgram.get(ngram) ?? []) {
      if (entry.order >= from && entry.order < end) counts.set(entry, (counts.get(entry) ?? 0) + 1);
    }
  }
  let most: { count: number; entry?: Entry } = { count: 0 };
  for (const [entry, count] of counts) {
    // Of two that are equally similar the earlier prompt's, in whatever order they were counted.
    const first = count === most.count && entry.order < most.entry!.order;
    if (count > most.count || first) most = { count, entry };
  }
  return { share: most.count / Math.max(1, own.size), text: most.entry?.text ?? '' };
};
