import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { repository, withMetadata } from '../scripts/package-metadata.mjs';
import { files, packages, read, root } from './workspace.js';

// A clone may belong to another user than the one who tests it.
const tracked = execFileSync(
  'git',
  ['-c', 'safe.directory=*', 'ls-files', '--cached', '--others', '--exclude-standard', '-z'],
  { cwd: root, encoding: 'utf8', maxBuffer: 64 << 20 },
)
  .split('\0')
  .filter(file => file !== '' && existsSync(root + file));
const texts = tracked.filter(
  file => file !== 'pnpm-lock.yaml' && !/\.(safetensors|gguf|gz|parquet|png|onnx|bin|arrow)$/.test(file),
);
const sources = tracked.filter(file => /\.(ts|mts|mjs|cjs)$/.test(file));

test('no text names a package registry or a folder of the machine it was written on', () => {
  // In pieces, so that this file does not find itself.
  const hosts = ['registry.npm' + 'js', 'pypi' + '.org', 'python' + 'hosted'].map(host =>
    host.replace('.', '\\.'),
  );
  const pattern = new RegExp(`${hosts.join('|')}|(?<![\\w.:/-])/(work|farm)/`);
  const found = texts.flatMap(file =>
    read(file)
      .split('\n')
      .flatMap((line, i) => (pattern.test(line) ? [`${file}:${i + 1}: ${line.trim().slice(0, 120)}`] : [])),
  );
  expect(found).toEqual([]);
});

test('files are named after what they export', () => {
  const drawers = sources.filter(file =>
    /^(utils?|types?|helpers?|common|misc|shared)\./.test(basename(file)),
  );
  expect(drawers).toEqual([]);
  const spelled = sources.filter(file => !/^[a-z0-9.-]+$/.test(basename(file)));
  expect(spelled).toEqual([]);
});

test('no source file is long enough to be two', () => {
  // Except lists of test data.
  const long = sources.filter(file => !file.endsWith('.fixture.ts') && read(file).split('\n').length > 450);
  expect(long).toEqual([]);
});

test('no module has a default export, except where a tool asks for one', () => {
  const isConfig = (file: string) => /(\.config|vitest-results)\.(ts|mjs)$/.test(file);
  const wrong = sources.filter(file => !isConfig(file) && /^export default /m.test(read(file)));
  expect(wrong).toEqual([]);
});

test('changesets name packages of this repository, and each unreleased package is named by one', () => {
  const bumps = files('.changeset/*.md')
    .filter(file => basename(file) !== 'README.md')
    .map(file => {
      const [, front, text] = /^---\n([\s\S]*?)---\n([\s\S]*)$/.exec(read(file)) ?? [];
      expect({ file, text: text?.trim() }).not.toEqual({ file, text: '' });
      return { file, bumps: (parse(front ?? '') ?? {}) as Record<string, string> };
    });
  const names = new Set([...packages.values()].map(({ name }) => name));
  for (const { file, bumps: bump } of bumps) {
    for (const [name, kind] of Object.entries(bump)) {
      expect({ file, name, known: names.has(name) }).toEqual({ file, name, known: true });
      expect(['patch', 'minor', 'major']).toContain(kind);
    }
  }
  const named = new Set(bumps.flatMap(({ bumps: bump }) => Object.keys(bump)));
  const unreleased = [...packages.values()]
    .filter(({ version }) => version === '0.0.0')
    .map(({ name }) => name);
  expect(unreleased.filter(name => !named.has(name))).toEqual([]);
});

test('every package.json says where the project lives, and the rest that scripts/package-metadata.mjs says', () => {
  for (const folder of packages.keys()) {
    const file = `packages/${folder}/package.json`;
    // The text, so that the order of the keys counts too.
    expect(read(file)).toBe(`${JSON.stringify(withMetadata(folder, JSON.parse(read(file))), null, 2)}\n`);
  }
  // All pages name the same repository.
  const other = files('*.md', 'docs/**/*.md', 'packages/*/README.md', '.github/**').flatMap(file =>
    [...read(file).matchAll(/https:\/\/github\.com\/charter[\w-]*\/[\w-]+/g)].map(match => match[0]),
  );
  expect(other.filter(url => url !== repository)).toEqual([]);
});

test('CONTRIBUTING names the version of pnpm that package.json pins', () => {
  const { packageManager } = JSON.parse(read('package.json')) as { packageManager: string };
  expect(read('CONTRIBUTING.md').match(/pnpm@[\d.]*\d/g)).toEqual([packageManager, packageManager]);
});
