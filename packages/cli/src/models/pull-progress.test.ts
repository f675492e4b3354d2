import { expect, it } from 'vitest';
import { pullProgress } from './pull-progress.js';

it('files of a known size get a bar each, others a line', () => {
  const shown: string[] = [];
  const progress = pullProgress({
    note: text => shown.push(text),
    print: () => {},
    progress: (label, total) => ({
      update: (done, fields) => shown.push(`${label} ${done}/${total} ${fields}`),
      stop: () => shown.push('end'),
    }),
  });
  progress.update({ step: 'download', what: 'package', done: 0, total: undefined });
  progress.update({ step: 'unpack', what: 'wheel', done: 5e6, total: 98e6 });
  progress.update({ step: 'unpack', what: 'wheel', done: 98e6, total: 98e6 });
  progress.stop();
  expect(shown).toEqual([
    'download     package …',
    'unpack 5/98 MB · wheel',
    'unpack 98/98 MB · wheel',
    'end',
  ]);
});
