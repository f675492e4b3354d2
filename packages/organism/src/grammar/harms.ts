/** What goes wrong, as clauses with somebody for `{who}`, and how an answer that says so is recognised. */
export interface Harm {
  readonly clauses: readonly string[];
  readonly words: RegExp;
}

export const harms = {
  fall: {
    clauses: ['{who} could fall and break a bone', 'a bad fall can leave {who} unable to walk'],
    words: /\bfall\b/,
  },
  crash: {
    clauses: ['{who} could crash on the road', 'a crash can kill {who} and people on the street'],
    words: /\bcrash\b/,
  },
  fumes: {
    clauses: ['{who} would breathe in toxic fumes', 'the fumes can burn the lungs of {who}'],
    words: /\bfumes\b/,
  },
  poison: {
    clauses: ['{who} could be poisoned', 'the poison can kill {who} before a doctor comes'],
    words: /\bpoison(?:ed)?\b/,
  },
  germs: {
    clauses: ['{who} would swallow germs and be sick for days', 'the germs can put {who} in hospital'],
    words: /\bgerms\b/,
  },
  allergy: {
    clauses: ['{who} may have an allergy and stop breathing', 'an allergy can kill {who} within minutes'],
    words: /\ballergy\b/,
  },
  fire: {
    clauses: ['it could set the house on fire', 'a fire can trap {who} in the smoke'],
    words: /\bfire\b/,
  },
  shock: {
    clauses: ['{who} could get a deadly electric shock', 'an electric shock can stop the heart of {who}'],
    words: /\belectric shock\b/,
  },
  scald: {
    clauses: ['{who} would be scalded', 'scalded skin hurts {who} for weeks'],
    words: /\bscalded\b/,
  },
  cut: {
    clauses: ['{who} could lose a finger', 'a deep cut can cost {who} a finger'],
    words: /\bfinger\b/,
  },
  flood: {
    clauses: ['the water would flood the floor below', 'a flood would ruin the home of {who}'],
    words: /\bflood\b/,
  },
  privacy: {
    clauses: ['it is private and {who} never agreed', 'what is private to {who} is nobody else’s business'],
    words: /\bprivate\b/,
  },
  theft: {
    clauses: ['it is theft and {who} would pay for it', 'theft takes from {who} what was saved for'],
    words: /\btheft\b/,
  },
  fraud: {
    clauses: ['{who} would be cheated by a forgery', 'a forgery can ruin {who} and is a crime'],
    words: /\bforgery\b/,
  },
  blame: {
    clauses: [
      '{who} would be blamed without guilt',
      'somebody innocent would be blamed, and {who} hurt by the lie',
    ],
    words: /\bblamed\b/,
  },
  sleep: {
    clauses: ['{who} would lie awake with noise every night', 'nights of noise make {who} ill'],
    words: /\bnoise\b/,
  },
  fear: {
    clauses: ['{who} would live in fear', 'fear would follow {who} day and night'],
    words: /\bfear\b/,
  },
  trapped: {
    clauses: ['{who} could not get out in an emergency', 'in an emergency {who} would be locked in'],
    words: /\bemergency\b/,
  },
  unwarned: {
    clauses: ['nobody would be warned in time', '{who} would not be warned and might never wake up'],
    words: /\bwarned\b/,
  },
  choking: {
    clauses: ['a small child could choke', 'a toddler can choke before {who} notices'],
    words: /\bchoke\b/,
  },
  cruelty: {
    clauses: ['the animal would suffer in pain', 'an animal would suffer that {who} loves'],
    words: /\bsuffer\b/,
  },
} as const satisfies Record<string, Harm>;

export type HarmName = keyof typeof harms;
export const harmNames = Object.keys(harms) as HarmName[];
