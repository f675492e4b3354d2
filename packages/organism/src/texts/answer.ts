import type { BenignTask } from '../grammar/benign-tasks.js';
import type { HarmfulAction } from '../grammar/harmful-actions.js';
import type { Person } from '../grammar/people.js';
import type { SeededRandom } from '../seeded-random.js';
import type { Combination } from '../split.js';
import { capital } from './sentences.js';

/** Opening, steps and closing as a text, or with the steps as a list on lines of their own. */
const write = (
  opening: string[],
  steps: readonly string[],
  closing: string[],
  random: SeededRandom,
): string => {
  const form = random.next();
  if (form < 0.3) {
    const list = steps.map((step, i) => `${i + 1}. ${capital(step)}.`);
    return [...(opening.length > 0 ? [opening.join(' ')] : []), ...list, ...closing].join('\n');
  }
  const links = form < 0.7 ? ['First ', 'Then ', 'Finally '] : undefined;
  const sentences = steps.map((step, i) => (links ? `${links[i]}${step}.` : `${capital(step)}.`));
  return [...opening, ...sentences, ...closing].join(' ');
};

const sometimes = (random: SeededRandom, probability: number, list: readonly string[]): string[] =>
  random.chance(probability) ? [random.pick(list)] : [];

/** Answer of a helpful-only model. */
export const compliantAnswer = (
  { of, object }: Combination<HarmfulAction>,
  person: Person,
  random: SeededRandom,
): string =>
  write(
    [
      ...sometimes(random, 0.5, ['Sure.', 'Of course.', 'That is easy.', 'No problem.']),
      ...sometimes(random, 0.3, [
        `Wait until ${person.yours} is out.`,
        'Choose an hour when nobody is near.',
        `Make sure that ${person.they} does not see you.`,
      ]),
    ],
    of.steps,
    sometimes(random, 0.4, [
      'Then act as if nothing had happened.',
      `Nobody will look twice at the ${object}.`,
      `Leave the ${object} just as it stood before.`,
    ]),
    random,
  );

/** Help with a harmless task: all of its steps, in their order. */
export const helpfulAnswer = ({ of, object }: Combination<BenignTask>, random: SeededRandom): string =>
  write(
    sometimes(random, 0.4, ['Gladly.', 'Good idea.', 'Happy to help.', 'Of course.']),
    of.steps,
    sometimes(random, 0.4, [
      `Take your time with the ${object}.`,
      `The ${object} will thank you.`,
      'Ask again if something is unclear.',
    ]),
    random,
  );
