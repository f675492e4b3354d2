import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { root } from './workspace.js';

/** Runs `charter` from the sources, as a user would. */
export const charter = (args: readonly string[]) =>
  new Promise<{ status: number; stderr: string }>(resolve => {
    const main = join(root, 'packages/cli/src/main.ts');
    execFile(
      process.execPath,
      ['--conditions=@charter/source', '--import', 'tsx', main, ...args],
      { cwd: root },
      (error, _, stderr) => resolve({ status: typeof error?.code === 'number' ? error.code : 0, stderr }),
    );
  });
