import { library } from '../../tsup.base.js';

export default [
  // onnx-buf is published for `import` only.
  library({ noExternal: ['onnx-buf'] }),
  // The engine's thread, the same file for both formats of the library.
  library({ entry: { worker: 'src/worker.ts' }, format: ['esm'], dts: false, clean: false }),
];
