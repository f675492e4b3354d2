import { library } from '../../tsup.base.js';

// Published for `import` only, which CommonJS on Node 20 cannot load.
const noExternal = ['onnx-buf'];

export default [
  library({
    entry: {
      index: 'src/index.ts',
      // The engine's thread; the library of either format starts worker.js.
      worker: 'src/host/worker.ts',
      // The process that tries a device.
      probe: 'src/devices/probe.ts',
    },
    noExternal,
    // The other build writes into the same folder at the same time.
    clean: ['!web.*'],
  }),
  // For browsers: a build of its own, so that it shares no file with what needs Node.
  library({
    entry: { web: 'src/web.ts' },
    platform: 'browser',
    shims: false,
    splitting: false,
    noExternal,
    clean: false,
  }),
];
