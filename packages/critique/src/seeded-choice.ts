import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Principle } from './constitution/constitution.js';

/** SHA-256 of any JSON values, shortened to 128 bits (32 hex digits): the keys of rows. */
export const contentHash = (...parts: unknown[]): string => {
  return bytesToHex(sha256(utf8ToBytes(JSON.stringify(parts)))).slice(0, 32);
};

/** A number in [0, 1) that depends on nothing but the parts, so that no order of work can change it. */
const uniform = (...parts: unknown[]): number => {
  return Number.parseInt(contentHash(...parts).slice(0, 12), 16) / 2 ** 48;
};

/** A seed for one request, below 2³¹ because some servers read it as a signed integer. */
export const requestSeed = (...parts: unknown[]): number => {
  return Math.floor(uniform('seed', ...parts) * 2 ** 31);
};

/**
 * Draws one principle with probability proportional to its weight.
 *
 * @param parts what the draw depends on, such as the seed, the prompt's key and the number of the revision
 * @returns undefined when no principle with a positive weight is left
 */
export const drawPrinciple = <P extends Pick<Principle, 'weight'>>(
  principles: readonly P[],
  ...parts: unknown[]
): P | undefined => {
  const total = principles.reduce((sum, { weight }) => sum + weight, 0);
  let left = uniform('principle', ...parts) * total;
  for (const principle of principles) {
    if (left < principle.weight) return principle;
    left -= principle.weight;
  }
  return principles.findLast(({ weight }) => weight > 0);
};

/** Draws up to `count` different principles; fewer where fewer are left. */
export const drawPrinciples = <P extends Pick<Principle, 'weight'>>(
  principles: readonly P[],
  count: number,
  parts: readonly unknown[],
): P[] => {
  const drawn: P[] = [];
  while (drawn.length < count) {
    const left = principles.filter(principle => !drawn.includes(principle));
    const next = drawPrinciple(left, ...parts, ...(drawn.length > 0 ? [drawn.length] : []));
    if (!next) break;
    drawn.push(next);
  }
  return drawn;
};
