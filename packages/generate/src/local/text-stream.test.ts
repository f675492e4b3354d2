import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createTextStream } from './text-stream.js';

/** A decoder whose ids are indices of pieces. */
const streamOf = (pieces: readonly string[], stop: readonly string[], rest = '') =>
  createTextStream({ push: id => pieces[id]!, end: () => rest }, stop);

/** Pushes all pieces, then ends, as a sequence does. */
const run = (pieces: readonly string[], stop: readonly string[], rest = '') => {
  const stream = streamOf(pieces, stop, rest);
  const shown: string[] = [];
  for (let id = 0; id < pieces.length && !stream.stopped; id++) shown.push(stream.push(id));
  if (!stream.stopped) shown.push(stream.end());
  return { shown, text: stream.text, stopped: stream.stopped };
};

describe('text appears as soon as it is certain', () => {
  test('at once where nothing can stop it', () => {
    expect(run(['A ', 'kiwi', '.'], [])).toEqual({
      shown: ['A ', 'kiwi', '.', ''],
      text: 'A kiwi.',
      stopped: false,
    });
  });

  test('later where it may be the beginning of a stop string', () => {
    const { shown, text } = run(['A\n', '\nB', '\n\n', 'C'], ['\n\nHuman:']);
    expect(shown).toEqual(['A', '\n\nB', '', '\n\nC', '']);
    expect(text).toBe('A\n\nB\n\nC');
  });

  test('at the end where only more text could have stopped it', () => {
    expect(run(['Hum', 'an'], ['Human:']).shown).toEqual(['', '', 'Human']);
  });

  test('also what the decoder held back', () => {
    expect(run(['caf'], [], 'é')).toEqual({ shown: ['caf', 'é'], text: 'café', stopped: false });
  });
});

describe('the text ends before', () => {
  test('a stop string inside one piece', () => {
    expect(run(['yes. Human: no'], ['Human:'])).toEqual({ shown: ['yes. '], text: 'yes. ', stopped: true });
  });

  test('a stop string spread over pieces', () => {
    expect(run(['yes\n', '\nHu', 'man', ': no'], ['\n\nHuman:'])).toEqual({
      shown: ['yes', '', '', ''],
      text: 'yes',
      stopped: true,
    });
  });

  test('the first of several stop strings, whatever their order in the list', () => {
    expect(run(['one two three'], ['three', 'two']).text).toBe('one ');
    expect(run(['one two three'], ['two', 'three']).text).toBe('one ');
  });

  test('a stop string that the last held-back bytes complete', () => {
    expect(run(['a', '<en'], ['<end>'], 'd>')).toEqual({ shown: ['a', '', ''], text: 'a', stopped: true });
  });
});

test('nothing comes after a stop string', () => {
  const stream = streamOf(['a|', 'b'], ['|']);
  stream.push(0);
  expect(stream.push(1)).toBe('');
  expect(stream.text).toBe('a');
});

test('however a text is cut into pieces, what was shown is the text up to the first stop string', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', '|'), maxLength: 6 });
  fc.assert(
    fc.property(
      fc.array(letters, { maxLength: 8 }),
      fc.array(
        letters.filter(s => s.length > 0),
        { maxLength: 3 },
      ),
      letters,
      (pieces, stop, rest) => {
        const whole = pieces.join('') + rest;
        const ends = stop.map(s => whole.indexOf(s)).filter(at => at >= 0);
        // Nothing more is read behind the first complete stop string, which another that begins earlier may end after.
        const { shown, text, stopped } = run(pieces, stop, rest);
        expect(shown.join('')).toBe(text);
        expect(stopped).toBe(ends.length > 0);
        if (!stopped) expect(text).toBe(whole);
        else {
          expect(whole.startsWith(text)).toBe(true);
          expect(stop.some(s => whole.startsWith(s, text.length))).toBe(true);
          expect(stop.some(s => text.includes(s))).toBe(false);
        }
      },
    ),
    { numRuns: 2000 },
  );
});
