import { builtinModules } from 'node:module';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { files, packages, read } from './workspace.js';

/** The layers of docs/architecture.md, highest first: the rows of its table `| Layer | Packages | … |`. */
const layers = /^## The packages$([\s\S]*?)^## /m
  .exec(read('docs/architecture.md'))![1]!
  .split('\n')
  .filter(line => /^\|.*`/.test(line))
  .map(line => [...line.split('|')[2]!.matchAll(/`([a-z-]+)`/g)].map(match => match[1]!));

const layerOf = (folder: string) => layers.findIndex(layer => layer.includes(folder));
const isEngine = (folder: string) => folder.startsWith('runtime-');

/** Whether a file is there for the package's own tests only, and so never published. */
const isForTests = (folder: string, file: string) =>
  /\.(test|fixture)\.ts$/.test(file) ||
  (file.includes('/src/testing/') && !('./testing' in packages.get(folder)!.exports));

const packageOf = (specifier: string) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

/** Bare names that the published sources of a package import, types included. */
const importsOf = (folder: string): Set<string> =>
  new Set(
    files(`packages/${folder}/src/**/*.ts`)
      .filter(file => !isForTests(folder, file))
      .flatMap(file => ts.preProcessFile(read(file)).importedFiles.map(({ fileName }) => fileName))
      .filter(name => !name.startsWith('.') && !name.startsWith('node:') && !builtinModules.includes(name))
      .map(packageOf),
  );

const charterImports = (folder: string) =>
  [...importsOf(folder)]
    .filter(name => name.startsWith('@charter/') && name !== `@charter/${folder}`)
    .map(name => name.slice('@charter/'.length));

/** Every package that installing this one brings along, by the packages' own package.json files. */
const closure = (folder: string, seen = new Set<string>()): Set<string> => {
  for (const name of Object.keys(packages.get(folder)?.dependencies ?? {})) {
    if (seen.has(name)) continue;
    seen.add(name);
    if (name.startsWith('@charter/')) closure(name.slice('@charter/'.length), seen);
  }
  return seen;
};

test('the architecture page has each package in exactly one layer', () => {
  expect(layers.flat().sort()).toEqual([...packages.keys()].sort());
});

describe.each([...packages.keys()])('%s', folder => {
  test('imports only from lower layers', () => {
    const wrong = charterImports(folder).filter(name =>
      // An engine stands below and implements the interface that tensor declares.
      isEngine(folder) ? name !== 'tensor' && name !== 'core' : layerOf(name) <= layerOf(folder),
    );
    expect(wrong).toEqual([]);
  });

  test('declares what it imports and imports what it declares', () => {
    const { dependencies = {}, peerDependencies = {} } = packages.get(folder)!;
    const imported = importsOf(folder);
    imported.delete(`@charter/${folder}`);
    const declared = { ...dependencies, ...peerDependencies };
    expect({ missing: [...imported].filter(name => !(name in declared)).sort() }).toEqual({ missing: [] });
    expect({ unused: Object.keys(declared).filter(name => !imported.has(name)) }).toEqual({ unused: [] });
  });

  test('takes other packages of this repository in the version beside it', () => {
    const { dependencies = {} } = packages.get(folder)!;
    for (const [name, range] of Object.entries(dependencies)) {
      if (name.startsWith('@charter/')) expect({ name, range }).toEqual({ name, range: 'workspace:^' });
    }
  });
});

test('engines are imported by the command only; everyone else receives a Runtime', () => {
  const importers = [...packages.keys()].filter(folder => charterImports(folder).some(isEngine));
  expect(importers.filter(folder => folder !== 'cli')).toEqual([]);
});

test.each(['datasets', 'tokenizer', 'critique', 'report'])('%s installs without an engine', folder => {
  const engines = [...closure(folder)].filter(name => /runtime-|onnxruntime|gpu\.js|webgpu/.test(name));
  expect(engines).toEqual([]);
});
