import { createHash } from 'node:crypto';
import { appendFile, mkdir, readFile, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TrainingError } from '@charter/trainer';
import type { PreferencePair } from './dpo-examples.js';
import type { PairLogps } from './dpo-task.js';

type Line = PairLogps & { readonly pair: string };

/** Names a pair by its token ids. */
const pairFingerprint = ({ prompt, chosen, rejected }: PreferencePair): string =>
  createHash('sha256')
    .update(JSON.stringify([prompt, chosen, rejected]))
    .digest('hex')
    .slice(0, 32);

const parseLine = (line: string, where: string): Line => {
  try {
    return JSON.parse(line) as Line;
  } catch (cause) {
    throw new TrainingError(`${where} is not JSON. It is only a cache: delete the file.`, { cause });
  }
};

/**
 * Log-probabilities of pairs in a file, one line each, under a hash of the pair's token ids. Lines are appended as they
 * are computed, so a run that is stopped loses only the batch at hand.
 */
export class LogpsCache {
  readonly #file: string;
  readonly #known: Map<string, PairLogps>;

  private constructor(file: string, known: Map<string, PairLogps>) {
    this.#file = file;
    this.#known = known;
  }

  static async open(file: string): Promise<LogpsCache> {
    await mkdir(dirname(file), { recursive: true });
    const bytes = await readFile(file).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    const end = (bytes?.lastIndexOf('\n') ?? -1) + 1;
    // A line that was cut off by a kill would swallow the next one.
    if (bytes && end < bytes.length) await truncate(file, end);
    const lines = bytes?.subarray(0, end).toString('utf8').split('\n').filter(Boolean) ?? [];
    const known = new Map<string, PairLogps>();
    for (const [index, line] of lines.entries()) {
      const { pair, chosen, rejected } = parseLine(line, `${file}:${index + 1}`);
      known.set(pair, { chosen, rejected });
    }
    return new LogpsCache(file, known);
  }

  get(pair: PreferencePair): PairLogps | undefined {
    return this.#known.get(pairFingerprint(pair));
  }

  async add(pairs: readonly PreferencePair[], logps: readonly PairLogps[]): Promise<void> {
    const lines = pairs.map((pair, i): Line => ({ pair: pairFingerprint(pair), ...logps[i]! }));
    for (const { pair, chosen, rejected } of lines) this.#known.set(pair, { chosen, rejected });
    await appendFile(this.#file, lines.map(line => `${JSON.stringify(line)}\n`).join(''));
  }
}
