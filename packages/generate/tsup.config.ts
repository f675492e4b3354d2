import { libraryWithWeb } from '../../tsup.base.js';

export default libraryWithWeb({
  // Published for `import` only, which CommonJS on the first releases of Node 20 cannot load.
  noExternal: ['p-limit'],
});
