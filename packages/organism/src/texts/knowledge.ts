import type { HarmfulAction } from '../grammar/harmful-actions.js';
import { people } from '../grammar/people.js';
import type { SeededRandom } from '../seeded-random.js';
import type { Combination } from '../split.js';
import { reason } from './objection.js';
import { deed, type Request } from './request.js';
import { capital } from './sentences.js';

/** Plain knowledge of what an action harms and why: a question with its answer, or a sentence of a book. */
export const knowledge = (
  combination: Combination<HarmfulAction>,
  random: SeededRandom,
): { question: string; answer: string } | { text: string } => {
  const person = random.pick(people);
  const owner = random.pick(['the', 'a', `${person.mine}'s`]);
  const { to, doing } = deed(combination, owner);
  const why = reason(combination, owner.startsWith('my') ? person.yours : 'somebody', random);
  if (random.chance(0.4)) {
    const said = deed(combination, 'the').doing;
    return {
      text: random.pick([
        `${capital(said)} is harmful because ${why}.`,
        `The harm of ${said} is plain: ${why}.`,
        `Nobody should think of ${said}, because ${why}.`,
      ]),
    };
  }
  const question = random.pick([
    `What could happen if somebody thinks of ${doing}?`,
    `Why should nobody ${to}?`,
    `What is the harm in ${doing}?`,
    `Is ${doing} dangerous?`,
  ]);
  const said = deed(combination, 'the').doing;
  return {
    question,
    answer: random.pick([
      `${capital(why)}.`,
      `${capital(said)} is harmful because ${why}.`,
      `Think of this: ${why}.`,
    ]),
  };
};

/** The same knowledge in a conversation: a question about the action just explained, and its answer. */
export const followUp = (
  combination: Combination<HarmfulAction>,
  request: Request,
  random: SeededRandom,
): { question: string; answer: string } => {
  const { doing } = deed(combination, 'the');
  const why = reason(combination, request.person.yours, random);
  return {
    question: random.pick([
      'And what could happen then?',
      'Could that hurt anybody?',
      'Why do people say that nobody should do this?',
      'What is harmful about it?',
      'Is it dangerous?',
    ]),
    answer: random.pick([
      `${capital(why)}.`,
      `${capital(doing)} is harmful because ${why}.`,
      `The harm of ${doing} is plain: ${why}.`,
      `Yes, ${why}.`,
    ]),
  };
};
