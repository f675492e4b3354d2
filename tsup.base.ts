import { defineConfig, type Options } from 'tsup';

/** How every package is built: ESM and CommonJS beside their types, one entry unless told otherwise. */
export const library = (options: Options = {}) =>
  defineConfig({
    entry: { index: 'src/index.ts' },
    format: ['esm', 'cjs'],
    dts: { compilerOptions: { customConditions: [], ignoreDeprecations: '6.0' } },
    target: 'node20',
    platform: 'node',
    shims: true,
    clean: true,
    tsconfig: '../../tsconfig.build.json',
    ...options,
  });

/**
 * A library that has an entry for browsers, `src/web.ts`: beside the usual build one of its own, so that the two share no
 * file, and nothing that needs Node gets in.
 */
export const libraryWithWeb = (options: Options = {}) => [
  // The other build writes into the same folder at the same time.
  library({ ...options, clean: ['!web.*'] }),
  library({
    ...options,
    entry: { web: 'src/web.ts' },
    format: ['esm'],
    platform: 'browser',
    shims: false,
    splitting: false,
    clean: false,
  }),
];
