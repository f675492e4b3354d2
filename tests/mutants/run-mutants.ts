import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../workspace.js';

/** A mutant that was not read as it should be. */
export interface Failure {
  /** Number of the mutant: with the seed it makes the same one again. */
  readonly at: number;
  readonly kind: string;
  readonly detail: string;
}

export interface MutantRun {
  readonly seed: number;
  /** Number of the first mutant, to go on with a run that was stopped. */
  readonly from?: number;
  readonly count: number;
}

/** Tries mutants of a parser, or of `all` in turn, in a process of its own, which is started again behind one that hung or killed it. */
export const runMutants = async (
  parser: string,
  { seed, from = 0, count }: MutantRun,
): Promise<Failure[]> => {
  const failures: Failure[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'charter-mutants-'));
  const end = from + count;
  try {
    for (let next = from; next < end; ) {
      const { code, lines, stderr } = await tryMutants(parser, seed, next, end, folder);
      failures.push(...lines.filter(({ kind }) => kind !== 'end'));
      if (code === 0) break;
      const at = Number(readAt(folder) ?? next);
      if (failures.at(-1)?.at !== at)
        failures.push({ at, kind: `process ended with ${code}`, detail: stderr.slice(-500) });
      next = at + 1;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return failures;
};

const readAt = (folder: string): string | undefined => {
  try {
    return readFileSync(join(folder, 'at'), 'utf8').split('\n')[0];
  } catch {
    return undefined;
  }
};

const tryMutants = async (parser: string, seed: number, from: number, to: number, folder: string) => {
  const script = join(root, 'tests/mutants/try-mutants.ts');
  const flags = ['--conditions=@charter/source', '--import', 'tsx', '--max-old-space-size=512'];
  const args = [parser, seed, from, to, folder].map(String);
  const child = spawn(process.execPath, [...flags, script, ...args], { cwd: root });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', chunk => {
    stdout += chunk;
  });
  child.stderr.on('data', chunk => {
    stderr += chunk;
  });
  const code = await new Promise<number | string | null>(resolve =>
    child.on('close', (code, signal) => resolve(code ?? signal)),
  );
  const lines: Failure[] = stdout
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line));
  if (code !== 0 && readAt(folder) === undefined) throw new Error(`${parser} cannot be tried: ${stderr}`);
  return { code, lines, stderr };
};
