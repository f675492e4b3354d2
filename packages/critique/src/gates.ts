import type { Completion } from '@charter/generate';
import { promptTexts } from './prompt-texts.js';
import { overlap, wordChange, wordRuns, words } from './words.js';

/** What a gate sees: one text that the model just wrote, and what it was written about. */
export interface GateInput {
  part: 'critique' | 'revision';
  text: string;
  finish_reason: Completion['finish_reason'];
  /** The answer that was criticised. */
  before: string;
  /** The worked examples that stood in the prompt. */
  examples: readonly { critique: string; revision: string }[];
}

interface Gate {
  /** Which of the two texts it looks at. */
  parts: readonly GateInput['part'][];
  /** Default threshold, and what it measures; absent where there is nothing to set. */
  limit?: number;
  meaning: string;
  /** Why the text must not be used, in one clause, or undefined when it passes. */
  reason(input: GateInput, limit: number): string | undefined;
}

const both = ['critique', 'revision'] as const;

/** The table of gates, in the order in which they are asked; the first that gives a reason decides. */
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
    meaning: 'least share of runs of 4 words that are not repeats of earlier ones',
    reason: ({ part, text }, limit) => {
      const stutter = STUTTER.exec(text)?.[1];
      if (stutter) return `the ${part} repeats ${JSON.stringify(stutter)} over and over`;
      const list = words(text);
      const runs = wordRuns(list, 4);
      const distinct = new Set(runs).size / runs.length;
      // A short text repeats itself by chance.
      if (list.length < 20 || distinct >= limit) return undefined;
      return `the ${part} goes in circles: ${percent(1 - distinct)} of its runs of 4 words are repeats`;
    },
  },
  'critique-copied': {
    parts: ['critique'],
    limit: 0.4,
    meaning: 'largest share of runs of 4 words taken from the critique of one example',
    reason: ({ text, examples }, limit) =>
      copied(
        'critique',
        text,
        examples.map(({ critique }) => critique),
        limit,
      ),
  },
  'revision-copied': {
    parts: ['revision'],
    limit: 0.4,
    meaning: 'largest share of runs of 4 words taken from the revision of one example',
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
      const change = wordChange(before, text);
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
} satisfies Record<string, Gate>;

export type GateName = keyof typeof gates;
export const gateNames = Object.keys(gates) as GateName[];

/** Per gate: false switches it off, a number is its limit, true or absent is the default limit. */
export type GateSettings = { [name in GateName]?: boolean | number | undefined };

/** The first gate that stops a text, and why; undefined when it may pass. */
export function stoppedBy(
  input: GateInput,
  settings: GateSettings = {},
): { gate: GateName; reason: string } | undefined {
  for (const name of gateNames) {
    const gate: Gate = gates[name];
    const setting = settings[name];
    if (setting === false || !gate.parts.includes(input.part)) continue;
    const reason = gate.reason(input, typeof setting === 'number' ? setting : (gate.limit ?? 0));
    if (reason !== undefined) return { gate: name, reason };
  }
  return undefined;
}

// The same one to thirty characters twenty times in a row. A run of "-" or blanks is layout, so not looked for.
const STUTTER = /([\p{L}\p{N}!?][\s\S]{0,29}?)\1{19,}/u;

const LABEL = new RegExp(`(?:^|\\n)\\s*(?:${Object.values(promptTexts.labels).join('|')})\\s*:`, 'i');
const REQUEST_LABEL = /(?:critique|revision)\s?requests?:/i;
const CHAT_MARKER = /<\|[a-z_]+\|>|<\/?s>|\[\/?INST\]|<(?:start|end)_of_turn>/i;
const PREAMBLE =
  /^\W*(?:(?:sure|certainly|of course|okay)\W+)?(?:(?:here(?:'s| is)|this is) )?(?:the|an?|my) (?:revised|rewritten|updated|improved|new) (?:answer|response|version|reply)[^\n.!?]{0,80}:/i;

function formatLeak(text: string, part: GateInput['part']): string | undefined {
  const patterns =
    part === 'revision' ? [LABEL, REQUEST_LABEL, CHAT_MARKER, PREAMBLE] : [LABEL, REQUEST_LABEL, CHAT_MARKER];
  for (const pattern of patterns) {
    const found = pattern.exec(text)?.[0];
    if (found) return found.trim();
  }
  return undefined;
}

function copied(part: string, text: string, sources: string[], limit: number): string | undefined {
  const shares = sources.map(source => overlap(text, source, 4));
  const most = Math.max(0, ...shares);
  if (most <= limit) return undefined;
  return `${percent(most)} of the ${part} stands word for word in example ${shares.indexOf(most) + 1}`;
}

const REFUSAL =
  /\b(?:i(?:'m| am) (?:(?:really|very|so) )?sorry|i apologi[sz]e|sorry,|i (?:can(?:'t|not|no)|won't|will not|could not|couldn't|am unable to|am not able to|must decline|have to decline|do not feel comfortable)|i'm (?:unable|not able|not comfortable)|as an ai|it (?:is|would be) (?:not|in)\s?appropriate|this (?:is|request is) (?:not |in)appropriate)/i;

/** Words in the sentences that do not refuse; undefined when no sentence does. */
function wordsBesideRefusal(text: string): number | undefined {
  const sentences = text.replaceAll('’', "'").split(/(?<=[.!?])\s+|\n+/);
  const others = sentences.filter(sentence => !REFUSAL.test(sentence));
  if (others.length === sentences.length) return undefined;
  // A reason inside the refusing sentence counts: "I won't, because he would be hurt".
  const reasons = sentences
    .filter(sentence => REFUSAL.test(sentence))
    .map(sentence => /\b(?:because|since|as (?:it|this|that)|:)\s*(.*)$/is.exec(sentence)?.[1] ?? '');
  return [...others, ...reasons].reduce((sum, part) => sum + words(part).length, 0);
}

const percent = (share: number) => `${Math.round(share * 100)} %`;
