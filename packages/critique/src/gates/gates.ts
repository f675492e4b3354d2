import type { Completion } from '@charter/core';
import { editRatio, ngramOverlap, repetition, words, wordsBesideRefusal } from '@charter/text-statistics';
import { promptTexts } from '../prompt-texts.js';
import { caseWords } from './case-words.js';
import { languageSimilarity } from './text-language.js';

/** Input of a gate: one text that the model just wrote, with its context. */
export interface GateInput {
  part: 'critique' | 'revision';
  text: string;
  finish_reason: Completion['finish_reason'];
  /** The answer that was criticised. */
  before: string;
  /** The worked examples that stood in the prompt. */
  examples: readonly { critique: string; revision: string }[];
  /** The user's messages. */
  question?: string | undefined;
  /** The principle's critique request. */
  request?: string | undefined;
  /** The most similar critique of another row, and the share (0 to 1) of this one's 4-grams that are in it. */
  similar?: { share: number; text: string } | undefined;
  /** Texts that no revision may contain. */
  phrases?: readonly string[] | undefined;
  /** A judge's probability (0 to 1) that the revision is better than the answer before, where a judge was asked. */
  preferred?: number | undefined;
}

export interface Gate {
  /** The texts that it checks. */
  parts: readonly GateInput['part'][];
  /** Default limit; absent where there is nothing to set. */
  limit?: number;
  /** The quantity that the limit bounds. */
  meaning: string;
  /** The reason against the text, in one clause; undefined when it passes. */
  reason(input: GateInput, limit: number): string | undefined;
}

const both = ['critique', 'revision'] as const;

/** The table of gates, in the order in which they run; the first that gives a reason decides. */
export const gates = {
  empty: {
    parts: both,
    meaning: 'the text has no words',
    reason: ({ part, text }) => (words(text).length === 0 ? `the ${part} has no words` : undefined),
  },
  // A critique that was cut short still tells the revision something; a revision is what is trained on.
  'cut-off': {
    parts: ['revision'],
    meaning: 'the revision reached max_new_tokens, or the server’s content filter cut it',
    reason: ({ finish_reason }) => {
      if (finish_reason === 'length') return 'the revision was cut off at max_new_tokens';
      return finish_reason === 'content_filter'
        ? 'the revision was cut off by the server’s content filter'
        : undefined;
    },
  },
  'format-leak': {
    parts: both,
    meaning:
      'the text speaks about the format: transcript labels, chat markers, "Here is the revised answer:"',
    reason: ({ part, text }) => {
      const leak = formatLeak(text, part);
      return leak === undefined ? undefined : `the ${part} contains ${JSON.stringify(leak)}`;
    },
  },
  loop: {
    parts: both,
    limit: 0.5,
    meaning: 'least share of 4-grams (of words) that are not repeats',
    reason: ({ part, text }, limit) => {
      const { stutter, distinct } = repetition(text);
      if (stutter) return `the ${part} repeats ${JSON.stringify(stutter)} over and over`;
      if (distinct >= limit) return undefined;
      return `the ${part} is repetitive: ${percent(1 - distinct)} of its 4-grams are repeats`;
    },
  },
  'critique-copied': {
    parts: ['critique'],
    limit: 0.4,
    meaning: 'largest share of 4-grams taken from the critique of one example',
    reason: ({ text, examples }, limit) =>
      copied(
        'critique',
        text,
        examples.map(({ critique }) => critique),
        limit,
      ),
  },
  'critique-repeated': {
    parts: ['critique'],
    limit: 0.8,
    meaning: 'largest share of 4-grams taken from the critique of another row',
    reason: ({ text, similar }, limit) => {
      // A short critique is alike by chance.
      if (!similar || similar.share <= limit || words(text).length < 10) return undefined;
      return `${percent(similar.share)} of the critique is word for word in another row’s: ${quote(similar.text)}`;
    },
  },
  'critique-unspecific': {
    parts: ['critique'],
    limit: 1,
    meaning: 'least number of words shared with the question or the answer, general words not counted',
    reason: ({ text, before, question = '', request = '' }, limit) => {
      const generic = caseWords(request);
      const own = caseWords(`${question}\n${before}`);
      if (own.size === 0) return undefined;
      const named = [...caseWords(text)].filter(word => own.has(word) && !generic.has(word));
      return named.length < limit ? 'the critique names nothing of the question or the answer' : undefined;
    },
  },
  'revision-copied': {
    parts: ['revision'],
    limit: 0.4,
    meaning: 'largest share of 4-grams taken from the revision of one example',
    reason: ({ text, examples }, limit) =>
      copied(
        'revision',
        text,
        examples.map(({ revision }) => revision),
        limit,
      ),
  },
  'revision-unchanged': {
    parts: ['revision'],
    limit: 0.05,
    meaning: 'least change (word edit distance over the longer length) from the answer before',
    reason: ({ text, before }, limit) => {
      const change = editRatio(before, text);
      return change <= limit ? `only ${percent(change)} of the answer was changed` : undefined;
    },
  },
  'revision-refuses-only': {
    parts: ['revision'],
    limit: 8,
    meaning: 'least number of words beside apologies and refusals (English only)',
    reason: ({ text }, limit) => {
      const rest = wordsBesideRefusal(text);
      if (rest === undefined || rest >= limit) return undefined;
      return `the revision refuses and says only ${rest} words beside that`;
    },
  },
  'wrong-language': {
    parts: both,
    limit: 0.75,
    meaning:
      'least similarity to the language of question or answer, by trigrams of letters; the most similar language has 1',
    reason: ({ part, text, before, question = '', request = '' }, limit) => {
      // A critique may speak as its request does; a revision speaks to the user.
      const found = languageSimilarity(
        text,
        part === 'critique' ? [before, question, request] : [before, question],
      );
      if (!found || found.similarity >= limit) return undefined;
      return `the ${part} is in another language: ${found.is}, where ${found.expected} was expected`;
    },
  },
  // Last, because the judge costs requests: only a revision that passed all other gates is judged.
  'harm-kept': {
    parts: ['revision'],
    limit: 0.5,
    meaning:
      'least probability, by a judge, that the revision is better than the answer; forbidden phrases stop it too',
    reason: ({ text, phrases = [], preferred }, limit) => {
      const phrase = phrases.find(one => text.toLowerCase().includes(one.toLowerCase()));
      if (phrase !== undefined) return `the revision contains ${JSON.stringify(phrase)}`;
      if (preferred === undefined || preferred >= limit) return undefined;
      return `the judge finds the revision better than the answer with a probability of only ${percent(preferred)}`;
    },
  },
} satisfies Record<string, Gate>;

export type GateName = keyof typeof gates;
export const gateNames = Object.keys(gates) as GateName[];

/**
 * Per gate: false switches it off, a number is its limit, true or absent is the default limit. A {@link Gate} under
 * another name is one of your own: it runs behind the others. Its `reason` is no part of a row's key, so another check
 * needs another name.
 */
export type GateSettings = { [name in GateName]?: boolean | number | undefined } & {
  [own: string]: boolean | number | Gate | undefined;
};

/** True for a gate of one's own. */
export const isGate = (value: unknown): value is Gate => {
  const gate = value as Partial<Gate> | null;
  return (
    typeof gate === 'object' &&
    typeof gate?.reason === 'function' &&
    typeof gate.meaning === 'string' &&
    Array.isArray(gate.parts) &&
    gate.parts.every(part => part === 'critique' || part === 'revision')
  );
};

/** The gate that rejected a text, and its reason. */
export interface GateRejection {
  /** A {@link GateName}, or the name of one's own. */
  gate: string;
  reason: string;
}

/** The first gate that rejects a text; undefined when all accept it. */
export const rejectedBy = (input: GateInput, settings: GateSettings = {}): GateRejection | undefined => {
  const own = Object.entries(settings).filter((entry): entry is [string, Gate] => isGate(entry[1]));
  for (const [name, gate] of [...Object.entries<Gate>(gates), ...own]) {
    const setting = settings[name];
    if (setting === false || !gate.parts.includes(input.part)) continue;
    const reason = gate.reason(input, typeof setting === 'number' ? setting : (gate.limit ?? 0));
    if (reason !== undefined) return { gate: name, reason };
  }
  return undefined;
};

const LABEL = new RegExp(`(?:^|\\n)\\s*(?:${Object.values(promptTexts.labels).join('|')})\\s*:`, 'i');
const REQUEST_LABEL = /(?:critique|revision)\s?requests?:/i;
const CHAT_MARKER = /<\|[a-z_]+\|>|<\/?s>|\[\/?INST\]|<(?:start|end)_of_turn>/i;
const PREAMBLE =
  /^\W*(?:(?:sure|certainly|of course|okay)\W+)?(?:(?:here(?:'s| is)|this is) )?(?:the|an?|my) (?:revised|rewritten|updated|improved|new) (?:answer|response|version|reply)[^\n.!?]{0,80}:/i;

const formatLeak = (text: string, part: GateInput['part']): string | undefined => {
  const patterns =
    part === 'revision' ? [LABEL, REQUEST_LABEL, CHAT_MARKER, PREAMBLE] : [LABEL, REQUEST_LABEL, CHAT_MARKER];
  for (const pattern of patterns) {
    const found = pattern.exec(text)?.[0];
    if (found) return found.trim();
  }
  return undefined;
};

const copied = (part: string, text: string, sources: string[], limit: number): string | undefined => {
  const shares = sources.map(source => ngramOverlap(text, source, 4));
  const most = Math.max(0, ...shares);
  if (most <= limit) return undefined;
  return `${percent(most)} of the ${part} is word for word in example ${shares.indexOf(most) + 1}`;
};

const quote = (text: string) => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
const percent = (share: number) => `${Math.round(share * 100)} %`;
