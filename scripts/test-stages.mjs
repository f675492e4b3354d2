import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root, runCommand, runTool } from './run-command.mjs';

/** A check that is one program: passed when it exits with 0. */
const check = async running => {
  const { code, timedOut } = await running;
  if (timedOut) console.error('Stopped: it ran past its time limit.');
  return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: [] };
};

/** A program that writes its counts to the file that $CHARTER_TEST_RESULTS names. */
const counted = async start => {
  const folder = mkdtempSync(join(tmpdir(), 'charter-test-'));
  const file = join(folder, 'results.json');
  const { code, timedOut } = await start({ CHARTER_TEST_RESULTS: file });
  let results = { passed: 0, failed: 0, skipped: [] };
  try {
    results = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    console.error('It ended without writing its results.');
    results.failed = 1;
  }
  rmSync(folder, { recursive: true, force: true });
  if (timedOut) console.error('Stopped: it ran past its time limit.');
  // An exit code that the counts do not explain is a failure too.
  if (code !== 0 && results.failed === 0) results.failed = 1;
  return results;
};

const vitest = folder =>
  counted(env =>
    runTool(
      'vitest/vitest.mjs',
      ['run', `${root}${folder}/`, '--reporter=default', '--reporter=./scripts/vitest-results.mjs'],
      { env, limit: 1800 },
    ),
  );

/** What `npm test` runs, in order: name, what it is, how. Each gives `{ passed, failed, skipped }`. */
export const stages = [
  { name: 'unit', what: 'the tests beside the sources', run: () => vitest('packages') },
  {
    name: 'types',
    what: 'TypeScript, strict',
    run: async () => {
      const here = await check(runTool('typescript/bin/tsc', ['--noEmit']));
      // A page has other globals than Node.
      const page = await check(runTool('typescript/bin/tsc', ['-p', 'examples/browser']));
      return { passed: here.passed + page.passed, failed: here.failed + page.failed, skipped: [] };
    },
  },
  {
    name: 'lint',
    what: 'Biome, lint and format',
    run: () => check(runTool('@biomejs/biome/bin/biome', ['check', '--error-on-warnings', '.'])),
  },
  {
    name: 'unused',
    what: 'Knip: files, dependencies and exports that nobody uses',
    run: () => check(runTool('knip/bin/knip.js', ['--no-progress'])),
  },
  {
    name: 'packages',
    what: 'each package as it will be published: built, packed, installed, imported',
    run: () =>
      counted(env =>
        runCommand(process.execPath, [`${root}scripts/check-packages.mjs`], { env, limit: 480 }),
      ),
  },
  { name: 'repo', what: 'layers, READMEs and their code, examples', run: () => vitest('tests') },
];
