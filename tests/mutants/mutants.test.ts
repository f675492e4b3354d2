import { expect, test } from 'vitest';
import { runMutants } from './run-mutants.js';

// `pnpm bench mutants` tries 100,000 for each reader of files, and shows a failure's stack.
test('damaged files are refused with errors of our own, at once, without memory', {
  timeout: 240_000,
}, async () => {
  expect(await runMutants('all', { seed: 7, count: 750 })).toEqual([]);
});
