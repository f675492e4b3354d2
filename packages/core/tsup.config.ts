import { library } from '../../tsup.base.js';

export default library({ entry: { index: 'src/index.ts', 'node/index': 'src/node/index.ts' } });
