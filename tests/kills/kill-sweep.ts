import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../workspace.js';

export type Method = 'sft' | 'dpo';

/** Runs the method in `folder/out`, killed at a file operation; without one it gives the number of operations. */
const run = async (method: Method, folder: string, killAt = 0): Promise<number> => {
  const countFile = join(folder, 'count');
  const child = spawn(
    process.execPath,
    [
      '--conditions=@charter/source',
      '--import',
      join(root, 'tests/kills/kill-at.mjs'),
      '--import',
      'tsx',
      join(root, 'tests/kills/train-tiny.ts'),
      method,
      join(folder, 'out'),
    ],
    {
      cwd: root,
      env: {
        ...process.env,
        KILL_AT: `${killAt}`,
        KILL_FOLDER: join(folder, 'out'),
        KILL_COUNT: countFile,
      },
    },
  );
  let stderr = '';
  child.stderr.on('data', chunk => {
    stderr += chunk;
  });
  const [code, signal] = await new Promise<[number | null, string | null]>(resolve =>
    child.on('close', (...end) => resolve(end)),
  );
  if (signal === 'SIGKILL' && killAt > 0) return killAt;
  if (code !== 0) throw new Error(`${method}, killed at ${killAt}, ended with ${code ?? signal}: ${stderr}`);
  return Number(readFileSync(countFile, 'utf8'));
};

/** Files below a folder with their contents. The start of the run, and so the checksum, differ from run to run. */
const contents = (folder: string): Record<string, string> =>
  Object.fromEntries(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
      .sort()
      .map(file => [
        file.slice(folder.length + 1),
        file.endsWith('trainer_state.json')
          ? readFileSync(file, 'utf8').replace(/^ {2}"(started_at|checksum)".*$/gm, '')
          : readFileSync(file, 'base64'),
      ]),
  );

export interface KillSweep {
  /** File operations of a whole run. */
  readonly operations: number;
  /** Files of a run that was never killed. */
  readonly expected: Record<string, string>;
  /**
   * Files after a run was killed at each of these operations in turn, each time started again, and then finished.
   * Counting begins anew with each start; a start that has fewer operations ends by itself.
   */
  filesAfter(...kills: readonly number[]): Promise<Record<string, string>>;
  dispose(): void;
}

export const openKillSweep = async (method: Method): Promise<KillSweep> => {
  const base = mkdtempSync(join(tmpdir(), 'charter-kills-'));
  const inNewFolder = async <T>(use: (folder: string) => Promise<T>): Promise<T> => {
    const folder = mkdtempSync(join(base, 'run-'));
    try {
      return await use(folder);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  };
  const { operations, expected } = await inNewFolder(async folder => ({
    operations: await run(method, folder),
    expected: contents(join(folder, 'out')),
  }));
  return {
    operations,
    expected,
    filesAfter: (...kills) =>
      inNewFolder(async folder => {
        for (const at of kills) await run(method, folder, at);
        await run(method, folder);
        return contents(join(folder, 'out'));
      }),
    dispose: () => rmSync(base, { recursive: true, force: true }),
  };
};
