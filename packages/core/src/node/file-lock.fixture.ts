import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { withFileLock } from './file-lock.js';

/**
 * A process of the test: `hold FILE` takes the lock and keeps it; `count FILE COUNTER LOG` adds 1 to a number in a file
 * while it holds the lock, ten times.
 */
const [, , what, file, counter, log] = process.argv as string[];
if (what === 'hold') {
  await withFileLock(file!, async () => {
    console.log('held');
    await setTimeout(60_000);
  });
} else {
  for (let i = 0; i < 10; i++) {
    await withFileLock(
      file!,
      async () => {
        const n = Number(await readFile(counter!, 'utf8'));
        await setTimeout(2);
        await writeFile(counter!, String(n + 1));
        await appendFile(log!, `${process.pid}\n`);
      },
      { wait: true },
    );
  }
}
