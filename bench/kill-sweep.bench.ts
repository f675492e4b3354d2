/**
 * Runs of `sft` and `dpo` killed at each of their file operations, started again and killed again at another, then
 * finished: each must end with the files of a run that was never killed.
 *
 *   pnpm bench kill-sweep [every=1]
 */
import { openKillSweep } from '../tests/kills/kill-sweep.js';
import { numberArgument } from './argument.js';

const every = numberArgument('every', 1);

for (const method of ['sft', 'dpo'] as const) {
  const sweep = await openKillSweep(method);
  const expected = JSON.stringify(sweep.expected);
  const failed: string[] = [];
  let tried = 0;
  const attempt = async (...kills: number[]): Promise<void> => {
    const files = await sweep.filesAfter(...kills).catch((error: Error) => error.message);
    tried += 1;
    if (JSON.stringify(files) !== expected) failed.push(kills.join(' then '));
  };
  for (let at = 1; at <= sweep.operations; at += every) {
    // Alone, and with a second kill early in the resumed run, where it puts files right.
    await Promise.all([attempt(at), attempt(at, 1 + ((at / every) % 12))]);
  }
  console.log(
    `${method}: ${sweep.operations} file operations, ${tried} runs, ${failed.length} ended otherwise`,
  );
  for (const kills of failed) console.log(`  killed at ${kills}`);
  process.exitCode = failed.length > 0 ? 1 : (process.exitCode ?? 0);
  sweep.dispose();
}
