import { library } from '../../tsup.base.js';

// The thread that calls MPI; the library of either format starts mpi-thread.js.
export default library({ entry: { index: 'src/index.ts', 'mpi-thread': 'src/mpi-thread.ts' } });
