import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { blocksIn, isPromised, tidy } from '../scripts/markdown-code.mjs';
import { files, packages, read, root } from './workspace.js';

/** Runs a program as from the repository's root; what it writes into the current folder is thrown away. */
const runBlock = async (code: string): Promise<{ status: number | null; stdout: string; stderr: string }> => {
  const folder = mkdtempSync(join(tmpdir(), 'charter-readme-'));
  for (const entry of readdirSync(root)) {
    if (!entry.startsWith('.')) symlinkSync(join(root, entry), join(folder, entry));
  }
  writeFileSync(join(folder, 'readme-block.mts'), code);
  // Under vitest FORCE_COLOR may be set; the promised output has no escape codes.
  const { FORCE_COLOR: _, ...env } = process.env;
  const child = spawn(
    process.execPath,
    ['--conditions=@charter/source', '--import', 'tsx', 'readme-block.mts'],
    { cwd: folder, env: { ...env, NO_COLOR: '1' } },
  );
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', chunk => {
    stdout += chunk;
  });
  child.stderr.on('data', chunk => {
    stderr += chunk;
  });
  const status = await new Promise<number | null>(resolve => child.on('close', resolve));
  rmSync(folder, { recursive: true, force: true });
  return { status, stdout, stderr };
};

const pages = files('*.md', 'docs/**/*.md', 'packages/*/README.md', 'examples/**/*.md', 'bench/*.md');

describe('code in Markdown runs and prints what the page says', { concurrent: true }, () => {
  for (const page of pages) {
    for (const { line, code, output } of blocksIn(read(page))) {
      test(`${page}:${line}`, { timeout: 120_000 }, async () => {
        const { status, stdout, stderr } = await runBlock(code);
        expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
        if (output !== undefined && !isPromised(stdout, output)) {
          expect(tidy(stdout)).toBe(tidy(output));
        }
      });
    }
  }
});

describe.each([...packages])('packages/%s/README.md', (folder, { name, description }) => {
  const markdown = read(`packages/${folder}/README.md`);
  const [title, sentence] = markdown.split('\n\n').map(paragraph => paragraph.trim());

  test('begins with the name and the sentence of package.json', () => {
    expect({ title, sentence }).toEqual({ title: `# ${name}`, sentence: description });
  });

  test('says how to install it and has an example that runs', () => {
    expect(markdown).toContain(`npm install ${name}`);
    // Commands, and programs that need mpirun or a Redis.
    const needsMore = ['cli', 'mpi', 'queue'].includes(folder);
    expect(needsMore || blocksIn(markdown).length > 0).toBe(true);
  });
});

test('the root README lists every package with the sentence of its package.json', () => {
  const rows = read('README.md')
    .split('\n')
    .filter(line => line.startsWith('| [`@charter/'));
  expect(rows).toEqual(
    expect.arrayContaining(
      [...packages].map(
        ([folder, { name, description }]) => `| [\`${name}\`](packages/${folder}) | ${description} |`,
      ),
    ),
  );
  expect(rows).toHaveLength(packages.size);
});

test('links between pages of the repository lead somewhere', () => {
  const broken = pages.flatMap(page => {
    const folder = page.includes('/') ? page.slice(0, page.lastIndexOf('/') + 1) : '';
    return [...read(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)]
      .map(match => match[1]!)
      .filter(target => {
        const path = new URL(target, `file:///${folder}`).pathname.slice(1).replace(/\/$/, '');
        return files(path, `${path}/**`).length === 0;
      })
      .map(target => `${page}: ${target}`);
  });
  expect(broken).toEqual([]);
});
