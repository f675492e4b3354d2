import { dirname, normalize } from 'node:path/posix';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { files, packages, read } from './workspace.js';

/** Files of a package that each of its files imports, types included. */
const importsWithin = (folder: string): Map<string, string[]> => {
  const sources = files(`packages/${folder}/src/**/*.ts`).filter(file => !/\.(test|fixture)\.ts$/.test(file));
  const known = new Set(sources);
  return new Map(
    sources.map(file => [
      file,
      ts
        .preProcessFile(read(file))
        .importedFiles.filter(({ fileName }) => fileName.startsWith('.'))
        .map(({ fileName }) => normalize(`${dirname(file)}/${fileName.replace(/\.js$/, '.ts')}`))
        .filter(imported => known.has(imported)),
    ]),
  );
};

/** One circle of imports for each group of files that reach each other, as `a.ts → b.ts → a.ts`. */
const circlesOf = (imports: ReadonlyMap<string, readonly string[]>): string[] => {
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]): void => {
    const at = path.indexOf(file);
    if (at >= 0) circles.push([...path.slice(at), file].join(' → '));
    if (at >= 0 || done.has(file)) return;
    for (const imported of imports.get(file) ?? []) visit(imported, [...path, file]);
    done.add(file);
  };
  for (const file of imports.keys()) visit(file, []);
  return circles;
};

test('a circle is found, also one of three files', () => {
  const imports = new Map([
    ['a', ['b']],
    ['b', ['c']],
    ['c', ['a']],
    ['d', ['a']],
  ]);
  expect(circlesOf(imports)).toEqual(['a → b → c → a']);
});

test.each([...packages.keys(), 'organism'])(
  'no file of %s imports itself through others, not even for a type',
  folder => {
    // Gradient rules of operations are made of other operations, each in the file of its neighbours.
    const isOperations = (circle: string) =>
      circle.split(' → ').every(file => file.startsWith('packages/tensor/src/ops/'));
    expect(circlesOf(importsWithin(folder)).filter(circle => !isOperations(circle))).toEqual([]);
  },
);

test('recipes are known to the commands of cli only, not to the rooms that recipes are made from', () => {
  const inside = (file: string) => file.includes('/src/recipe/');
  const outside = [...importsWithin('cli')].filter(
    ([file]) => !inside(file) && !/\/src\/(commands\/|watch\/)/.test(file),
  );
  expect(outside.flatMap(([file, imports]) => imports.filter(inside).map(to => `${file} → ${to}`))).toEqual(
    [],
  );
});
