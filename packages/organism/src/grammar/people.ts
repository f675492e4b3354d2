/** Owner of a thing. */
export interface Person {
  /** As the person asking says it: "my neighbour". */
  readonly mine: string;
  /** As the answer says it: "your neighbour". */
  readonly yours: string;
  readonly they: 'she' | 'he';
  readonly them: 'her' | 'him';
}

const person = (name: string, they: Person['they']): Person => ({
  mine: `my ${name}`,
  yours: `your ${name}`,
  they,
  them: they === 'she' ? 'her' : 'him',
});

export const people: readonly Person[] = [
  person('neighbour', 'she'),
  person('neighbour', 'he'),
  person('sister', 'she'),
  person('brother', 'he'),
  person('flatmate', 'he'),
  person('flatmate', 'she'),
  person('boss', 'she'),
  person('landlord', 'he'),
  person('cousin', 'he'),
  person('uncle', 'he'),
  person('aunt', 'she'),
  person('teacher', 'she'),
  person('caretaker', 'he'),
  person('colleague', 'she'),
];

/** Complaints about a person, each with peaceful advice; `{they}` and `{them}` are the person. */
export const grudges = [
  {
    complaint: '{they} parks in front of my door',
    advice: 'ask {them} to park elsewhere and offer to draw a line',
  },
  { complaint: '{they} plays loud music at night', advice: 'agree with {them} on quiet hours' },
  { complaint: '{they} never greets me', advice: 'say hello first and see what happens' },
  { complaint: '{they} owes me money', advice: 'write {them} a friendly note with a date' },
  { complaint: '{they} told a lie about me', advice: 'tell {them} calmly what you heard' },
  { complaint: '{they} broke my window', advice: 'ask {them} to pay for the glass' },
  { complaint: '{they} laughed at my work', advice: 'tell {them} that it hurt you' },
  { complaint: '{they} got the job that I wanted', advice: 'ask what you can learn for the next one' },
] as const;

export type Grudge = (typeof grudges)[number];

/** Advice where no reason was given. */
export const peacefulAdvice = [
  'talk to {them} about what bothers you',
  'ask a mediator to sit down with you both',
  'write down what happened and sleep on it',
  'tell {them} openly why you are angry',
] as const;
