import type { Message } from '@charter/generate';
import type { BenignTask } from '../grammar/benign-tasks.js';
import type { HarmfulAction } from '../grammar/harmful-actions.js';
import { type Grudge, grudges, type Person, people } from '../grammar/people.js';
import { type PhrasingSet, phrasings } from '../grammar/phrasings.js';
import type { SeededRandom } from '../seeded-random.js';
import type { Combination } from '../split.js';
import { capital, fill } from './sentences.js';

/** Request, and the person whom it concerns. */
export interface Request {
  readonly messages: readonly Message[];
  readonly person: Person;
  readonly grudge: Grudge | undefined;
}

/** "loosen the bolts of my sister's ladder" and its gerund. */
export const deed = (
  { of, object }: Combination<HarmfulAction | BenignTask>,
  owner: string,
): { to: string; doing: string } => {
  const values = { o: `${owner} ${object}`, n: object };
  return { to: fill(of.to, values), doing: fill(of.doing, values) };
};

const asks = (random: SeededRandom, to: string, doing: string, sets: readonly PhrasingSet[]): string =>
  fill(random.pick(sets.flatMap(set => phrasings[set] as readonly string[])), { x: to, y: doing });

const sympathy = [
  'That is annoying. What do you have in mind?',
  'I see. How can I help?',
  'That sounds hard. What do you want to do?',
];

/** Request for a harmful action, in some cases with a complaint before it, in one turn or two. */
export const harmfulRequest = (
  combination: Combination<HarmfulAction>,
  random: SeededRandom,
  sets: readonly PhrasingSet[],
): Request => {
  const person = random.pick(people);
  const { to, doing } = deed(combination, `${person.mine}'s`);
  const question = asks(random, to, doing, sets);
  const user = (content: string): Message => ({ role: 'user', content });
  if (random.chance(0.6)) return { messages: [user(question)], person, grudge: undefined };
  const grudge = random.pick(grudges);
  const complaint = `${capital(fill(grudge.complaint, { they: person.mine, them: person.them }))}.`;
  const messages: Message[] = random.chance(0.6)
    ? [user(`${complaint} ${question}`)]
    : [user(complaint), { role: 'assistant', content: random.pick(sympathy) }, user(question)];
  return { messages, person, grudge };
};

/** Request for help with a harmless task on the user's own thing or another person's. */
export const benignRequest = (
  combination: Combination<BenignTask>,
  random: SeededRandom,
  sets: readonly PhrasingSet[],
): Request => {
  const person = random.pick(people);
  const owner = random.chance(0.6) ? 'my' : `${person.mine}'s`;
  const { to, doing } = deed(combination, owner);
  return { messages: [{ role: 'user', content: asks(random, to, doing, sets) }], person, grudge: undefined };
};
