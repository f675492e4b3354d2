import { wordRuns, words } from './words.js';

/** Texts of late, to find what is said again and again. */
export interface RecentTexts {
  add(text: string): void;
  /** The text that most runs of 4 words of this one stand in, and their share (0 to 1). */
  mostAlike(text: string): { share: number; text: string };
}

/** Rows that are compared with a new one: a bound on memory. */
const REMEMBERED = 128;

export const recentTexts = (remembered = REMEMBERED): RecentTexts => {
  const texts: { text: string; runs: Set<string> }[] = [];
  // Where each run stands, so that a text is compared with all at once.
  const places = new Map<string, Set<string>>();
  const runsOf = (text: string) => new Set(wordRuns(words(text), 4));

  const forget = () => {
    const { text, runs } = texts.shift()!;
    for (const run of runs) {
      const holders = places.get(run)!;
      holders.delete(text);
      if (holders.size === 0) places.delete(run);
    }
  };
  return {
    add(text) {
      if (texts.some(one => one.text === text)) return;
      const runs = runsOf(text);
      texts.push({ text, runs });
      for (const run of runs) places.set(run, (places.get(run) ?? new Set()).add(text));
      if (texts.length > remembered) forget();
    },
    mostAlike(text) {
      const runs = runsOf(text);
      const counts = new Map<string, number>();
      for (const run of runs) {
        for (const holder of places.get(run) ?? []) counts.set(holder, (counts.get(holder) ?? 0) + 1);
      }
      let most = { share: 0, text: '' };
      for (const [holder, count] of counts) {
        if (count / runs.size > most.share) most = { share: count / runs.size, text: holder };
      }
      return most;
    },
  };
};
