import { wordRuns, words } from './words.js';

/** Prompts that a row is compared with: a bound on memory. */
const COMPARED = 128;

/** The critique that a text takes most runs of 4 words from, and their share (0 to 1). */
export interface Alike {
  share: number;
  text: string;
}

/** A prompt among those before and behind it. */
export interface Place {
  /** Says what the row's first critique is, as soon as it is written; undefined where there is none. */
  tell(critique: string | undefined): void;
  /** Compares with what the prompts before this one have told; waits for those that still write. */
  mostAlike(text: string): Promise<Alike>;
  /** To be called when the row is done, also when it failed. */
  leave(): void;
}

export interface EarlierCritiques {
  /** Prompts enter in their order. */
  enter(): Place;
  /** A prompt whose row is finished; it is read only when a row behind it asks. */
  enterDone(read: () => Promise<string | undefined>): void;
}

interface Entry {
  order: number;
  text: string;
  runs: Set<string>;
  told: boolean;
  /** Resolves once it is told. */
  ready: () => Promise<void>;
}

/**
 * Finds critiques that are said again and again. A row is compared with the first critiques of the prompts before
 * it, in the order of the prompts and not of time, so that a seed gives the same rows however requests overtake
 * each other, and also when a run was killed and goes on.
 */
export const earlierCritiques = (compared = COMPARED): EarlierCritiques => {
  const entries = new Map<number, Entry>();
  const open = new Set<number>();
  // Where each run stands, so that a text is compared with all at once.
  const places = new Map<string, Set<Entry>>();
  let next = 0;

  const add = (entry: Entry, critique: string | undefined) => {
    if (entry.told) return;
    entry.told = true;
    if (critique === undefined || entries.get(entry.order) !== entry) return;
    entry.text = critique;
    entry.runs = runsOf(critique);
    for (const run of entry.runs) {
      const holders = places.get(run);
      if (holders) holders.add(entry);
      else places.set(run, new Set([entry]));
    }
  };
  const forget = () => {
    const [oldest = next] = open;
    for (const entry of entries.values()) {
      if (entry.order >= oldest - compared) break;
      entries.delete(entry.order);
      for (const run of entry.runs) {
        const holders = places.get(run)!;
        holders.delete(entry);
        if (holders.size === 0) places.delete(run);
      }
    }
  };
  const enter = (): Entry => {
    const entry: Entry = {
      order: next++,
      text: '',
      runs: new Set(),
      told: false,
      ready: () => Promise.resolve(),
    };
    entries.set(entry.order, entry);
    return entry;
  };

  return {
    enterDone(read) {
      const entry = enter();
      forget();
      let reading: Promise<void> | undefined;
      entry.ready = () => (reading ??= read().then(critique => add(entry, critique)));
    },
    enter() {
      const entry = enter();
      const { order } = entry;
      open.add(order);
      forget();
      let resolve!: () => void;
      const told = new Promise<void>(done => {
        resolve = done;
      });
      entry.ready = () => told;
      const tell = (critique: string | undefined) => {
        add(entry, critique);
        resolve();
      };
      return {
        tell,
        async mostAlike(text) {
          const from = Math.max(0, order - compared);
          const before = Array.from({ length: order - from }, (_, n) => entries.get(from + n)!);
          await Promise.all(before.filter(({ told }) => !told).map(({ ready }) => ready()));
          return mostAlike(runsOf(text), places, from, order);
        },
        leave() {
          tell(undefined);
          open.delete(order);
        },
      };
    },
  };
};

const runsOf = (text: string) => new Set(wordRuns(words(text), 4));

function mostAlike(
  runs: ReadonlySet<string>,
  places: ReadonlyMap<string, ReadonlySet<Entry>>,
  from: number,
  end: number,
): Alike {
  const counts = new Map<Entry, number>();
  for (const run of runs) {
    for (const entry of places.get(run) ?? []) {
      if (entry.order >= from && entry.order < end) counts.set(entry, (counts.get(entry) ?? 0) + 1);
    }
  }
  let most: { count: number; entry?: Entry } = { count: 0 };
  for (const [entry, count] of counts) {
    // Of two that are alike the first prompt's, whoever was counted first.
    const first = count === most.count && entry.order < most.entry!.order;
    if (count > most.count || first) most = { count, entry };
  }
  return { share: most.count / Math.max(1, runs.size), text: most.entry?.text ?? '' };
}
