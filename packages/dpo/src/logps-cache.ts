import { type JsonlLog, openJsonlLog, sha256 } from '@charter/core/node';
import type { PreferencePair } from './dpo-examples.js';
import type { PairLogps } from './dpo-task.js';

type Line = PairLogps & { readonly pair: string };

/** Names a pair by its token ids. */
const pairFingerprint = ({ prompt, chosen, rejected }: PreferencePair): string =>
  sha256([prompt, chosen, rejected], 32);

/**
 * Log-probabilities of pairs in a file, one line each, under a hash of the pair's token ids. Lines are appended as they
 * are computed, so a run that is stopped loses only the batch at hand.
 */
export class LogpsCache {
  readonly #log: JsonlLog;
  readonly #known: Map<string, PairLogps>;

  private constructor(log: JsonlLog, known: Map<string, PairLogps>) {
    this.#log = log;
    this.#known = known;
  }

  /** @throws {JsonlError} naming file and line that is not a JSON object; it is only a cache: delete the file then */
  static async open(file: string): Promise<LogpsCache> {
    const known = new Map<string, PairLogps>();
    const log = await openJsonlLog(file, row => {
      const { pair, chosen, rejected } = row as unknown as Line;
      known.set(pair, { chosen, rejected });
    });
    return new LogpsCache(log, known);
  }

  get(pair: PreferencePair): PairLogps | undefined {
    return this.#known.get(pairFingerprint(pair));
  }

  async add(pairs: readonly PreferencePair[], logps: readonly PairLogps[]): Promise<void> {
    const lines = pairs.map((pair, i): Line => ({ pair: pairFingerprint(pair), ...logps[i]! }));
    for (const { pair, chosen, rejected } of lines) this.#known.set(pair, { chosen, rejected });
    await Promise.all(lines.map(line => this.#log.append(line)));
  }
}
