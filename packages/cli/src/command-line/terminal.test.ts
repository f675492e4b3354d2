import { PassThrough } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { createTerminal, formatSeconds } from './terminal.js';

const listen = () => {
  const stream = new PassThrough() as unknown as NodeJS.WriteStream;
  return { stream, text: () => String((stream as unknown as PassThrough).read() ?? '') };
};

describe('where nobody watches a bar', () => {
  it('progress is a line now and then, and one at the end', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      const { stream, text } = listen();
      const progress = createTerminal(stream).progress('sft', 10);
      progress.update(1, 'loss 2.5');
      expect(text()).toBe('');
      vi.advanceTimersByTime(16_000);
      progress.update(4, 'loss 2.1');
      expect(text()).toBe('sft          4/10 loss 2.1\n');
      progress.update(10, 'loss 1.9');
      progress.stop();
      progress.stop();
      expect(text()).toBe('sft          10/10 loss 1.9\n');
    } finally {
      vi.useRealTimers();
    }
  });
});

describe('formatSeconds', () => {
  it.each([
    [0.2, '0 s'],
    [59.4, '59 s'],
    [185, '3 min 05 s'],
    [3725, '1 h 02 min'],
  ])('%d is %s', (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text);
  });
});
