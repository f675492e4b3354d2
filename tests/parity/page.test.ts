import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const lines = readFileSync('docs/parity.md', 'utf8').split('\n');
/** Files and folders below a folder. */
const below = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap(entry => {
    const path = `${folder}/${entry.name}`;
    if (!entry.isDirectory()) return [path];
    return entry.name === 'node_modules' || entry.name === 'dist' ? [] : [path, ...below(path)];
  });
const files = ['packages', 'tests', 'fixtures'].flatMap(below);
const isHeading = (i: number) => /^\|[-| ]+$/.test(lines[i + 1] ?? '');
/** What the page claims: its list items and the rows of its tables. */
const claims = lines.filter((line, i) => /^(- |\| )/.test(line) && !isHeading(i));

it('every line of the parity page names a test, or says that it is run by hand', () => {
  expect(claims.length).toBeGreaterThan(50);
  expect(claims.filter(claim => !/\.test\.ts`|run by hand/.test(claim))).toEqual([]);
});

it('every test that the parity page names is there', () => {
  const named = new Set(
    claims.flatMap(claim => [...claim.matchAll(/`([\w./-]+\.test\.ts)`/g)].map(([, file]) => file!)),
  );
  const missing = [...named].filter(file => !files.some(path => `/${path}`.endsWith(`/${file}`)));
  expect(missing).toEqual([]);
});

it('every fixture that the parity page names is there', () => {
  const first = claims
    .flatMap(claim => /^\| `(\S+)`/.exec(claim)?.[1] ?? [])
    .filter(name => !name.startsWith('make'));
  expect(first.length).toBeGreaterThan(10);
  const isThere = (name: string) => {
    const pattern = new RegExp(
      `(^|/)${name.replace(/\/$/, '').replaceAll('.', '\\.').replaceAll('*', '[^/]*')}$`,
    );
    return files.some(path => pattern.test(path));
  };
  expect(first.filter(name => !isThere(name))).toEqual([]);
});
