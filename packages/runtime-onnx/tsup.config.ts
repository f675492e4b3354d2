import { library } from '../../tsup.base.js';

export default library({
  entry: {
    index: 'src/index.ts',
    // The engine's thread; the library of either format starts worker.js.
    worker: 'src/worker.ts',
    // The process that tries a device.
    probe: 'src/probe.ts',
    // For browsers.
    web: 'src/web.ts',
  },
  // Published for `import` only, which CommonJS on Node 20 cannot load.
  noExternal: ['onnx-buf'],
});
