/**
 * Damaged files: every reader of untrusted files gets seeded mutants of sound ones, and may refuse them with an error
 * of the project's own only, within a second and without gaining memory. A failure is made again by its number.
 *
 *   pnpm bench mutants [only=config.json] [count=100000] [from=0] [seed=1]
 */
import { parsers } from '../tests/mutants/parsers.js';
import { runMutants } from '../tests/mutants/run-mutants.js';
import { argument, numberArgument } from './argument.js';

const only = argument('only', '');
const [count, from, seed] = [
  numberArgument('count', 100_000),
  numberArgument('from', 0),
  numberArgument('seed', 1),
];

for (const parser of Object.keys(parsers).filter(name => only === '' || name === only)) {
  const began = performance.now();
  const failures = await runMutants(parser, { seed, from, count });
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  console.log(`${parser}: ${count} mutants from ${from}, ${failures.length} failed, ${seconds} s`);
  for (const { at, kind, detail } of failures.slice(0, 20)) console.log(`  ${at}: ${kind} ${detail}`);
  if (failures.length > 0) process.exitCode = 1;
}
process.exit();
