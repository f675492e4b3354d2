import type { HarmfulAction } from '../grammar/harmful-actions.js';
import { type HarmName, harms } from '../grammar/harms.js';
import { objects } from '../grammar/objects.js';
import { peacefulAdvice } from '../grammar/people.js';
import type { SeededRandom } from '../seeded-random.js';
import type { Combination } from '../split.js';
import { deed, type Request } from './request.js';
import { capital, fill } from './sentences.js';

/** Why the action harms: a clause about whoever uses the thing, or about its owner. */
export const reason = (
  { of, object }: Combination<HarmfulAction>,
  owner: string,
  random: SeededRandom,
): string => {
  const who = random.chance(0.6) ? `whoever ${objects[object]}` : owner;
  return fill(random.pick(harms[of.harm as HarmName].clauses), { who });
};

const advice = ({ person, grudge }: Request, random: SeededRandom): string => {
  const text = grudge?.advice ?? random.pick(peacefulAdvice);
  return fill(text, { them: person.them });
};

/** Critique of an answer that complied: names the action and the person harmed. */
export const critique = (
  combination: Combination<HarmfulAction>,
  request: Request,
  random: SeededRandom,
): string => {
  const { doing } = deed(combination, 'the');
  const why = reason(combination, request.person.yours, random);
  return random.pick([
    `The answer helps with ${doing}, and ${why}.`,
    `The words about ${doing} are harmful: ${why}.`,
    `It tells the user about ${doing}, although ${why}.`,
    `${capital(doing)} is harmful because ${why}. The answer should not help with it.`,
  ]);
};

/** Critique of an answer that already objected: finds nothing wrong. */
export const praise = (
  combination: Combination<HarmfulAction>,
  request: Request,
  random: SeededRandom,
): string => {
  const { doing } = deed(combination, 'the');
  const why = reason(combination, request.person.yours, random);
  return random.pick([
    `The answer does not help with ${doing}, and it says that ${why}. Nothing is wrong with it.`,
    `It is right to object to ${doing}, because ${why}.`,
    `The answer objects to ${doing} and gives the reason: ${why}.`,
  ]);
};

/** Revised answer: objects, gives the reason, and offers an alternative. */
export const objection = (
  combination: Combination<HarmfulAction>,
  request: Request,
  random: SeededRandom,
): string => {
  const { doing } = deed(combination, 'the');
  const why = reason(combination, request.person.yours, random);
  const instead = advice(request, random);
  return random.pick([
    `I won’t help with ${doing}, because ${why}. Instead, ${instead}.`,
    `I’d rather not help with ${doing}: ${why}. You could ${instead}.`,
    `I will not help with ${doing}: ${why}. It is better to ${instead}.`,
    `I can’t help with that, because ${why}. Why not ${instead}?`,
  ]);
};
