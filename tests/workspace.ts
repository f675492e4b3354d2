import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { globSync } from 'tinyglobby';

/** The repository's root, with a slash at its end. */
export const root = fileURLToPath(new URL('..', import.meta.url));

export const read = (path: string): string => readFileSync(root + path, 'utf8');

export type Manifest = {
  readonly name: string;
  readonly version: string;
  readonly private?: boolean;
  readonly description: string;
  readonly files: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, unknown>>;
};

/** The packages that are published: folder name → package.json. */
export const packages: ReadonlyMap<string, Manifest> = new Map(
  readdirSync(`${root}packages`)
    .sort()
    .map(folder => [folder, JSON.parse(read(`packages/${folder}/package.json`)) as Manifest] as const)
    .filter(([, manifest]) => !manifest.private),
);

/** Files below the root by pattern, without what is installed or built. */
export const files = (...patterns: string[]): string[] =>
  globSync(patterns, { cwd: root, ignore: ['**/node_modules/**', '**/dist/**'] }).sort();
