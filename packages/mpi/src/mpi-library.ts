import koffi, { type LibraryHandle } from 'koffi';
import { MpiError } from './mpi-error.js';

/** Kinds of numbers that MPI moves. */
export type MpiType = 'float' | 'double' | 'byte';

/** The calls of MPI that training needs, all of them blocking. Only one thread may use them. */
export interface MpiLibrary {
  /** As the library calls itself, in its first line. */
  readonly version: string;
  init(): void;
  rank(): number;
  size(): number;
  allReduce(values: ArrayBufferView, count: number, type: MpiType): void;
  broadcast(values: ArrayBufferView, count: number, type: MpiType): void;
  barrier(): void;
  finalize(): void;
}

interface Handles extends Record<MpiType, bigint | number> {
  readonly world: bigint | number;
  readonly sum: bigint | number;
  readonly inPlace: bigint;
  /** MPI_THREAD_FUNNELED: one thread calls, and it is the one that called Init. */
  readonly funneled: number;
  /** C type of a handle. */
  readonly type: 'intptr_t' | 'int';
}

/** Of MPICH, whose handles are numbers. */
const mpich: Handles = {
  world: 0x44000000,
  float: 0x4c00040a,
  double: 0x4c00080b,
  byte: 0x4c00010d,
  sum: 0x58000003,
  inPlace: -1n,
  funneled: 1,
  type: 'int',
};

/** Of the standard ABI, whose handles are small numbers in pointers. @see MPI 5.0, appendix A; mpi_abi.h */
const standardAbi: Handles = {
  world: 0x101n,
  float: 0x210n,
  double: 0x214n,
  byte: 0x247n,
  sum: 0x21n,
  inPlace: 1n,
  funneled: 1024,
  type: 'intptr_t',
};

const RTLD_NOW_GLOBAL_NODELETE = 0x1102;

/**
 * Loads an MPI library by its file or name: Open MPI, MPICH, or one with the standard ABI.
 *
 * @throws {MpiError} when it cannot be loaded, or is no MPI library that is known
 */
export const loadMpiLibrary = (name: string): MpiLibrary => {
  // Pinned: unloaded before its threads end, Open MPI's code would be missing when they do. Global: its plugins look
  // for its symbols.
  const open = koffi.load('libc.so.6').func('void *dlopen(const char *file, int flags)');
  if (!open(name, RTLD_NOW_GLOBAL_NODELETE)) throw new MpiError(`${name} cannot be loaded.`);
  const library = koffi.load(name, { global: true, lazy: false });

  const text = Buffer.alloc(8192);
  const length = [0];
  library.func('int MPI_Get_library_version(_Out_ char *text, _Out_ int *length)')(text, length);
  const version = text
    .toString('latin1', 0, length[0])
    .split(/[\n\0,]/)[0]!
    .trim();
  const handles = handlesOf(library, name, version);

  const declare = (call: string) => library.func(call.replaceAll('Handle', handles.type));
  const initThread = declare(
    'int MPI_Init_thread(void *argc, void *argv, int required, _Out_ int *provided)',
  );
  const commRank = declare('int MPI_Comm_rank(Handle comm, _Out_ int *rank)');
  const commSize = declare('int MPI_Comm_size(Handle comm, _Out_ int *size)');
  const allreduce = declare(
    'int MPI_Allreduce(intptr_t from, void *to, int count, Handle type, Handle op, Handle comm)',
  );
  const bcast = declare('int MPI_Bcast(void *values, int count, Handle type, int root, Handle comm)');
  const barrier = declare('int MPI_Barrier(Handle comm)');
  const finalize = declare('int MPI_Finalize()');

  const check = (call: string, code: number): void => {
    if (code !== 0) throw new MpiError(`${call} of ${version} failed with code ${code}.`);
  };
  const { world } = handles;
  const read = (call: string, get: (comm: typeof world, into: number[]) => number): number => {
    const into = [0];
    check(call, get(world, into));
    return into[0]!;
  };
  return {
    version,
    init: () => check('MPI_Init_thread', initThread(null, null, handles.funneled, [0])),
    rank: () => read('MPI_Comm_rank', commRank),
    size: () => read('MPI_Comm_size', commSize),
    allReduce: (values, count, type) =>
      check('MPI_Allreduce', allreduce(handles.inPlace, values, count, handles[type], handles.sum, world)),
    broadcast: (values, count, type) => check('MPI_Bcast', bcast(values, count, handles[type], 0, world)),
    barrier: () => check('MPI_Barrier', barrier(world)),
    finalize: () => check('MPI_Finalize', finalize()),
  };
};

const handlesOf = (library: LibraryHandle, name: string, version: string): Handles => {
  if (/libmpi_abi/.test(name)) return standardAbi;
  if (version.startsWith('MPICH')) return mpich;
  if (!version.startsWith('Open MPI')) {
    throw new MpiError(
      `${name} is "${version}". Open MPI, MPICH, and libraries with the standard ABI (libmpi_abi) are supported.`,
    );
  }
  // Handles of Open MPI are the addresses of its variables.
  const address = (symbol: string) => library.symbol(symbol, 'char') as bigint;
  return {
    world: address('ompi_mpi_comm_world'),
    float: address('ompi_mpi_float'),
    double: address('ompi_mpi_double'),
    byte: address('ompi_mpi_byte'),
    sum: address('ompi_mpi_op_sum'),
    inPlace: 1n,
    funneled: 1,
    type: 'intptr_t',
  };
};
