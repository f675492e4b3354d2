import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { files, read, root } from './workspace.js';

const run = promisify(execFile);

/** Each example is a private package whose `main.ts` prints a result and checks it. */
describe('examples', () => {
  test.each(files('examples/*/main.ts'))('%s', { timeout: 240_000 }, async program => {
    const manifest = JSON.parse(read(program.replace('main.ts', 'package.json')));
    expect(manifest).toMatchObject({ private: true, type: 'module' });
    const { stdout } = await run(
      process.execPath,
      ['--conditions=@charter/source', '--import', 'tsx', program],
      { cwd: root },
    );
    expect(stdout.trim()).not.toBe('');
  });
});
