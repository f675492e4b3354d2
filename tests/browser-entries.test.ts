import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { packages, read, root } from './workspace.js';

/** What a browser can import: entries for browsers, and packages that need no Node at all. */
const entries = [
  ...[...packages]
    .filter(([, { exports }]) => 'browser' in (exports['.'] as object))
    .map(([, { name }]) => name),
  '@charter/models',
  '@charter/tensor',
  '@charter/runtime-onnx/web',
];

describe('in a browser', () => {
  test.each(entries)('%s needs nothing of Node', async entry => {
    const { metafile } = await build({
      // Every export, so that none is left out for being unused.
      stdin: { contents: `import * as all from '${entry}'; console.log(all);`, resolveDir: root },
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      // Fails at an import of a module of Node, by whatever package.
      platform: 'browser',
      conditions: ['@charter/source'],
      logLevel: 'silent',
    });
    const ours = Object.keys(metafile.inputs).filter(file => file.startsWith('packages/'));
    expect(ours.length).toBeGreaterThan(2);
    const globals = ours.filter(file => /(?<![.\w])(Buffer|process)\./.test(read(file)));
    expect(globals).toEqual([]);
  });

  test('it is most of what the loop is made of', () => {
    const parts = ['checkpoint', 'critique', 'dpo', 'generate', 'lora', 'sft', 'tokenizer', 'trainer'];
    expect(entries).toEqual(expect.arrayContaining(parts.map(part => `@charter/${part}`)));
  });
});
