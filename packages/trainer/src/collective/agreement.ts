import { TrainingError } from '../training-error.js';
import type { Collective } from './collective.js';

/** True in every process when it is true in one of them. */
export const anyRank = async (collective: Collective, here: boolean): Promise<boolean> => {
  if (collective.size === 1) return here;
  const votes = new Float64Array([Number(here)]);
  await collective.allReduce(votes);
  return votes[0]! > 0;
};

/** The value of rank 0, as JSON carries it. */
export const fromRankZero = async <T>(collective: Collective, value: T): Promise<T> => {
  if (collective.size === 1) return value;
  const text = new TextEncoder().encode(collective.rank === 0 ? JSON.stringify({ value }) : '');
  const length = new Float64Array([text.length]);
  await collective.broadcast(length);
  const bytes = collective.rank === 0 ? text : new Uint8Array(length[0]!);
  await collective.broadcast(bytes);
  return (JSON.parse(new TextDecoder().decode(bytes)) as { value: T }).value;
};

/** The values of all processes in the order of their ranks, as JSON carries them. */
export const fromEveryRank = async <T>(collective: Collective, value: T): Promise<T[]> => {
  if (collective.size === 1) return [value];
  const text = new TextEncoder().encode(JSON.stringify({ value }));
  const lengths = new Float64Array(collective.size);
  lengths[collective.rank] = text.length;
  await collective.allReduce(lengths);
  const ends = lengths.map((_, rank) => lengths.subarray(0, rank + 1).reduce((a, b) => a + b, 0));
  const start = (rank: number) => ends[rank]! - lengths[rank]!;
  // Sums with zeros carry bytes as they are.
  const bytes = new Float32Array(ends.at(-1)!);
  bytes.set(text, start(collective.rank));
  await collective.allReduce(bytes);
  return Array.from(lengths, (_, rank) => {
    const own = Uint8Array.from(bytes.subarray(start(rank), ends[rank]));
    return (JSON.parse(new TextDecoder().decode(own)) as { value: T }).value;
  });
};

/**
 * Compares a text of every process with that of rank 0.
 *
 * @param problem message, from the ranks that differ: `rank 1`, or `ranks 1, 3`
 * @throws {TrainingError} in every process, when one differs
 */
export const assertSameText = async (
  collective: Collective,
  text: string,
  problem: (ranks: string) => string,
): Promise<void> => {
  if (collective.size === 1) return;
  const differs = new Float64Array(collective.size);
  differs[collective.rank] = Number((await fromRankZero(collective, text)) !== text);
  await collective.allReduce(differs);
  const ranks = [...differs].flatMap((value, rank) => (value ? [rank] : []));
  if (ranks.length === 0) return;
  throw new TrainingError(problem(`${ranks.length === 1 ? 'rank' : 'ranks'} ${ranks.join(', ')}`));
};

/** Hash of the bits of numbers, for a comparison. @see FNV-1a, of 32-bit words */
export const checksum = (values: Float32Array): number => {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  let hash = 0x811c9dc5;
  for (const word of bits) hash = Math.imul(hash ^ word, 0x01000193);
  return hash >>> 0;
};
