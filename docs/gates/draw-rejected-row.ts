import { rejectedBy } from '@charter/critique';
import { ngramOverlap } from '@charter/text-statistics';
import type { RejectedRow } from './rejected-rows.js';

const WIDTH = 760;
const MARGIN = 20;
const LINE = 19;
const LETTERS = 88;

/** Reason of the rejection, by the gate itself. @throws when another gate rejects the text, or none does */
export const reasonOf = (row: RejectedRow): string => {
  const { gate, part, text, answer, prompt, source, finish_reason = 'stop', preferred, phrases } = row;
  const copied = gate.endsWith('-copied') ? [{ critique: source!.text, revision: source!.text }] : [];
  const rejection = rejectedBy({
    part,
    text,
    finish_reason,
    before: answer,
    question: prompt,
    examples: copied,
    ...(gate === 'critique-repeated' && {
      similar: { share: ngramOverlap(text, source!.text, 4), text: source!.text },
    }),
    preferred,
    phrases,
  });
  if (rejection?.gate !== gate) throw new Error(`${gate}: rejected by ${rejection?.gate ?? 'nothing'}`);
  return rejection.reason;
};

/** The row as a picture: question, answer, the text with what gives it away underlined, and the reason. */
export const drawRejectedRow = (row: RejectedRow): string => {
  const parts: string[] = [];
  let y = MARGIN + 14;
  const write = (text: string, css: string, x = MARGIN) => {
    parts.push(`<text x="${x}" y="${y}" class="${css}" xml:space="preserve">${text}</text>`);
    y += LINE;
  };
  const block = (label: string, text: string, marks: string[], css: string) => {
    write(escaped(label), 'label');
    const top = y - 14;
    for (const line of markedLines(text, marks)) write(line, css, MARGIN + 12);
    const color = css === 'rejected' ? '#c0392b' : '#d0d5dd';
    parts.push(`<rect x="${MARGIN}" y="${top}" width="3" height="${y - top - LINE + 14}" fill="${color}"/>`);
    y += 8;
  };
  block('Question', row.prompt, [], 'plain');
  block('Answer', row.answer, [], 'plain');
  if (row.source) block(row.source.where, row.source.text, [], 'plain');
  const name = row.part === 'critique' ? 'Critique' : 'Revision';
  block(`${name} (${row.from})`, row.text, row.marks, 'rejected');
  for (const [i, line] of wrapped(`✕ ${row.gate}: ${reasonOf(row)}`).entries()) {
    write(escaped(i === 0 ? line : `  ${line}`), 'reason');
  }
  const height = y + MARGIN - 14;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img">
<title>${escaped(`${row.gate}: ${reasonOf(row)}`)}</title>
<style>
text { font: 13px ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #1d2733 }
.label { fill: #5b6775; font-weight: 600 }
.mark { fill: #c0392b; text-decoration: underline }
.reason { fill: #c0392b; font-weight: 700 }
</style>
<rect x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="8" fill="#fff" stroke="#d0d5dd"/>
${parts.join('\n')}
</svg>
`;
};

/** Lines of a text, what is marked in them as spans of its own. */
const markedLines = (text: string, marks: readonly string[]): string[] => {
  const marked = Array.from(text, () => false);
  const letters = Array.from(text);
  for (const mark of marks) {
    const length = Array.from(mark).length;
    for (let at = 0; at + length <= letters.length; at++) {
      if (letters.slice(at, at + length).join('') === mark) marked.fill(true, at, at + length);
    }
  }
  let start = 0;
  return wrapped(text).map(line => {
    const from = start;
    const own = Array.from(line);
    // The blank at which the line was broken belongs to neither.
    start += own.length + 1;
    let svg = '';
    for (let i = 0; i < own.length; ) {
      const on = marked[from + i];
      let end = i;
      while (end < own.length && marked[from + end] === on) end += 1;
      const piece = escaped(own.slice(i, end).join(''));
      svg += on ? `<tspan class="mark">${piece}</tspan>` : piece;
      i = end;
    }
    return svg;
  });
};

const wrapped = (text: string): string[] => {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= LETTERS)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
};

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
