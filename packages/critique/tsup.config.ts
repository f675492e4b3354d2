import { library } from '../../tsup.base.js';

export default library({
  // Published for `import` only, which CommonJS on the first releases of Node 20 cannot load.
  noExternal: ['franc-min'],
});
