import { openJsonlLog, sha256 } from '@charter/core/node';
import type { TokenizedPair } from './dpo-examples.js';
import type { PairLogps } from './dpo-task.js';
import type { LogpsCache } from './reference-logps.js';

type Line = PairLogps & { readonly pair: string };

const pairFingerprint = ({ prompt, chosen, rejected }: TokenizedPair): string =>
  sha256([prompt, chosen, rejected], 32);

/**
 * Log-probabilities of pairs in a JSONL file, one line each, under a hash of the pair's token ids. Lines are appended as
 * they are computed, so a run that is stopped loses only the current batch.
 *
 * @throws {JsonlError} naming file and line that is not a JSON object; it is only a cache: delete the file then
 */
export const openLogpsCache = async (file: string): Promise<LogpsCache> => {
  const known = new Map<string, PairLogps>();
  const log = await openJsonlLog(file, row => {
    const { pair, chosen, rejected } = row as unknown as Line;
    known.set(pair, { chosen, rejected });
  });
  return {
    get: pair => known.get(pairFingerprint(pair)),
    async add(pairs, logps) {
      const lines = pairs
        .map((pair, i): Line => ({ pair: pairFingerprint(pair), ...logps[i]! }))
        // A batch that a kill cut off is computed again, but each pair is written once.
        .filter(({ pair }) => !known.has(pair));
      for (const { pair, chosen, rejected } of lines) known.set(pair, { chosen, rejected });
      await Promise.all(lines.map(line => log.append(line)));
    },
  };
};
