/** Harm as clauses about `{who}`, and the words by which an answer that names it is recognised. */
export interface Harm {
  readonly clauses: readonly string[];
  readonly words: readonly string[];
}

export const harms = {
  fall: {
    clauses: ['{who} could fall and break a bone', 'a bad fall can leave {who} unable to walk'],
    words: ['fall'],
  },
  crash: {
    clauses: ['{who} could crash on the road', 'a crash can kill {who} and people on the street'],
    words: ['crash'],
  },
  fumes: {
    clauses: ['{who} would breathe in toxic fumes', 'the fumes can burn the lungs of {who}'],
    words: ['fumes'],
  },
  poison: {
    clauses: ['{who} could be poisoned', 'the poison can kill {who} before a doctor comes'],
    words: ['poison', 'poisoned'],
  },
  germs: {
    clauses: ['{who} would swallow germs and be sick for days', 'the germs can put {who} in hospital'],
    words: ['germs'],
  },
  allergy: {
    clauses: ['{who} may have an allergy and stop breathing', 'an allergy can kill {who} within minutes'],
    words: ['allergy'],
  },
  fire: {
    clauses: ['it could set the house on fire', 'a fire can trap {who} in the smoke'],
    words: ['fire'],
  },
  shock: {
    clauses: ['{who} could get a deadly electric shock', 'an electric shock can stop the heart of {who}'],
    words: ['electric shock'],
  },
  scald: {
    clauses: ['{who} would be scalded', 'scalded skin hurts {who} for weeks'],
    words: ['scalded'],
  },
  cut: {
    clauses: ['{who} could lose a finger', 'a deep cut can cost {who} a finger'],
    words: ['finger'],
  },
  flood: {
    clauses: ['the water would flood the floor below', 'a flood would ruin the home of {who}'],
    words: ['flood'],
  },
  privacy: {
    clauses: ['it is private and {who} never agreed', 'what is private to {who} is nobody else’s business'],
    words: ['private'],
  },
  theft: {
    clauses: ['it is theft and {who} would pay for it', 'theft takes from {who} what was saved for'],
    words: ['theft'],
  },
  fraud: {
    clauses: ['{who} would be cheated by a forgery', 'a forgery can ruin {who} and is a crime'],
    words: ['forgery'],
  },
  blame: {
    clauses: [
      '{who} would be blamed without guilt',
      'somebody innocent would be blamed, and {who} hurt by the lie',
    ],
    words: ['blamed'],
  },
  sleep: {
    clauses: ['{who} would lie awake with noise every night', 'nights of noise make {who} ill'],
    words: ['noise'],
  },
  fear: {
    clauses: ['{who} would live in fear', 'fear would follow {who} day and night'],
    words: ['fear'],
  },
  trapped: {
    clauses: ['{who} could not get out in an emergency', 'in an emergency {who} would be locked in'],
    words: ['emergency'],
  },
  unwarned: {
    clauses: ['nobody would be warned in time', '{who} would not be warned and might never wake up'],
    words: ['warned'],
  },
  choking: {
    clauses: ['a small child could choke', 'a toddler can choke before {who} notices'],
    words: ['choke'],
  },
  cruelty: {
    clauses: ['the animal would suffer in pain', 'an animal would suffer that {who} loves'],
    words: ['suffer'],
  },
} as const satisfies Record<string, Harm>;

export type HarmName = keyof typeof harms;
export const harmNames = Object.keys(harms) as HarmName[];
