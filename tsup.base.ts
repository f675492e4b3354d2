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
