import { library } from '../../tsup.base.js';

export default [
  library(),
  // The command waits at the top level, which CommonJS cannot; nobody imports it.
  library({ entry: { main: 'src/main.ts' }, format: ['esm'], dts: false, clean: false }),
];
