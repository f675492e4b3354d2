import type { Message } from '@charter/core';
import { UnusableRowError } from '../unusable-row-error.js';
import { has, type RowAdapter } from './adapter.js';

/**
 * Rows of BIG-bench tasks with two answers, such as HHH (`hhh_alignment`): `{ input, target_scores: { good: 1, bad: 0 } }`
 * in the task's task.json, or `{ input, targets: { choices, labels } }` on hubs. The answer with the highest score is
 * chosen, that with the lowest rejected.
 */
export const hhh: RowAdapter = {
  columns: 'input, target_scores (or targets: { choices, labels })',
  matches: record => has(record, 'input') && (has(record, 'target_scores') || isChoices(record.targets)),
  read(record, _roleMap, note) {
    const answers = scored(record);
    if (answers.length < 2) {
      throw new UnusableRowError(
        `there are ${answers.length} answers`,
        'Expected two answers with different scores.',
      );
    }
    const ranked = [...answers].sort((a, b) => b.score - a.score);
    const [best, worst] = [ranked[0]!, ranked.at(-1)!];
    if (best.score === worst.score) {
      throw new UnusableRowError(
        'all answers have the same score',
        'There is nothing to prefer; drop the row.',
      );
    }
    if (answers.length > 2) note(`${answers.length} answers: the best and the worst are compared`);
    return {
      kind: 'preference',
      prompt: conversation(record.input),
      chosen: [{ role: 'assistant', content: best.text }],
      rejected: [{ role: 'assistant', content: worst.text }],
    };
  },
};

const isChoices = (value: unknown): value is { choices: unknown; labels: unknown } =>
  typeof value === 'object' && value !== null && 'choices' in value && 'labels' in value;

const scored = (record: Readonly<Record<string, unknown>>): { text: string; score: number }[] => {
  const { target_scores: scores, targets } = record;
  const column = scores === null || scores === undefined ? 'targets' : 'target_scores';
  const wrong = (advice: string) =>
    new UnusableRowError(`${column} is not a list of answers with scores`, advice);
  let pairs: [unknown, unknown][];
  if (column === 'target_scores') {
    if (typeof scores !== 'object' || Array.isArray(scores)) throw wrong('Expected { "answer": score, … }.');
    pairs = Object.entries(scores as object);
  } else {
    const { choices, labels } = targets as { choices: unknown; labels: unknown };
    if (!Array.isArray(choices) || !Array.isArray(labels) || choices.length !== labels.length) {
      throw wrong('Expected { choices, labels } of the same length.');
    }
    pairs = choices.map((choice, i) => [choice, labels[i]]);
  }
  return pairs.map(([text, score]) => {
    // Parquet holds integers as bigint.
    const number = typeof score === 'bigint' ? Number(score) : score;
    if (typeof text !== 'string' || text.trim() === '' || typeof number !== 'number') {
      throw wrong('Each answer is text, and its score a number.');
    }
    return { text: text.trim(), score: number };
  });
};

/** The question is the user's turn; further turns begin with `HUMAN:` or `ASSISTANT:`, in any case, on a line of their own. */
const conversation = (input: unknown): Message[] => {
  if (typeof input !== 'string' || input.trim() === '') {
    throw new UnusableRowError('input is no text', 'Expected the question.');
  }
  const pieces = `\n${input.trim()}\n`.split(/\n\s*(HUMAN|ASSISTANT):/i);
  const turns = [['HUMAN', pieces[0]!], ...pairsOf(pieces.slice(1))] as const;
  const messages = turns.flatMap(([speaker, text]): Message[] =>
    text.trim() === ''
      ? []
      : [{ role: speaker.toUpperCase() === 'HUMAN' ? 'user' : 'assistant', content: text.trim() }],
  );
  if (messages.at(-1)?.role !== 'user') {
    throw new UnusableRowError('input does not end with a question', 'Expected the user’s turn at its end.');
  }
  return messages;
};

const pairsOf = (list: readonly string[]): [string, string][] =>
  Array.from({ length: list.length / 2 }, (_, i) => [list[2 * i]!, list[2 * i + 1]!]);
