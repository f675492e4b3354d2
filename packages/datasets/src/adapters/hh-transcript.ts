import { isDeepStrictEqual } from 'node:util';
import type { Message } from '@charter/core';
import { describe } from '../messages.js';
import { UnusableRowError } from '../unusable-row-error.js';
import { has, type RowAdapter } from './adapter.js';

const STARTS = /^\s*(Human|Assistant):/;
const DROP = 'Drop the row (onBadRow).';

/**
 * Pairs of hh-rlhf: two whole transcripts, `\n\nHuman: …\n\nAssistant: …`, that part in the assistant's last turn.
 * Turns begin only behind a blank line, so a "Human:" within a line is text. Empty turns before the last are left out,
 * turns of one speaker that then follow each other become one (each is noted as a quirk of the row). Not usable: pairs
 * that part earlier, a last turn that is empty or not the assistant's.
 */
export const hhTranscript: RowAdapter = {
  columns: 'chosen, rejected as "\\n\\nHuman: … \\n\\nAssistant: …", or transcript',
  matches: record =>
    [record.chosen, record.rejected].every(value => typeof value === 'string' && STARTS.test(value)) ||
    (!has(record, 'messages') && typeof record.transcript === 'string' && STARTS.test(record.transcript)),
  read(record, _roleMap, note) {
    if (!has(record, 'chosen', 'rejected')) {
      return { kind: 'messages', messages: turns(record.transcript, 'transcript', note) };
    }
    const chosen = turns(record.chosen, 'chosen', note);
    const rejected = turns(record.rejected, 'rejected', note);
    for (const [name, messages] of [
      ['chosen', chosen],
      ['rejected', rejected],
    ] as const) {
      const last = messages.at(-1);
      if (last?.role !== 'assistant')
        throw new UnusableRowError(`${name} does not end with the assistant's turn`, DROP);
      if (last.content === '') throw new UnusableRowError(`${name} ends with an empty answer`, DROP);
      if (messages.length < 2)
        throw new UnusableRowError(`${name} has no human turn before the answer`, DROP);
    }
    const prompt = chosen.slice(0, -1);
    if (!isDeepStrictEqual(prompt, rejected.slice(0, -1))) {
      throw new UnusableRowError(
        'chosen and rejected part before the last turn',
        `They answer different prompts. ${DROP}`,
      );
    }
    return { kind: 'preference', prompt, chosen: chosen.slice(-1), rejected: rejected.slice(-1) };
  },
};

/** A transcript's turns, in order. */
const turns = (transcript: unknown, column: string, note: (quirk: string) => void): Message[] => {
  if (typeof transcript !== 'string' || !STARTS.test(transcript)) {
    throw new UnusableRowError(
      `${column} is ${describe(transcript)}, not a transcript`,
      'Expected "\\n\\nHuman: …".',
    );
  }
  const pieces = `\n\n${transcript.trimStart()}`.split(/\n\n(Human|Assistant):/).slice(1);
  const messages: (Message & { content: string })[] = [];
  for (let i = 0; i < pieces.length; i += 2) {
    const role = pieces[i] === 'Human' ? 'user' : 'assistant';
    const content = pieces[i + 1]!.trim();
    const isLast = i + 2 >= pieces.length;
    if (content === '' && !isLast) {
      note('empty turn left out');
      continue;
    }
    if (/\b(Human|Assistant):/.test(content)) note('a speaker named inside a turn, kept as text');
    const previous = messages.at(-1);
    if (previous?.role === role && content !== '') {
      note('turns of one speaker joined');
      previous.content += `\n\n${content}`;
    } else {
      messages.push({ role, content });
    }
  }
  return messages;
};
