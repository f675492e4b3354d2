import { library } from '../../tsup.base.js';

// The AI SDK is published for `import` only, and so is its provider.
export default library({ format: ['esm'] });
