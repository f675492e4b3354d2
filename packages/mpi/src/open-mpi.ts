import { Worker } from 'node:worker_threads';
import { type Collective, CollectiveTimeout } from '@charter/trainer';
import { libraryCandidates } from './find-library.js';
import { type Launch, launchOf } from './launch.js';
import { MpiError } from './mpi-error.js';
import type { MpiType } from './mpi-library.js';
import type { ThreadAnswer, ThreadCall, ThreadData } from './mpi-thread.js';

export interface OpenMpiOptions {
  /** Environment that the launcher set; default: that of this process. */
  readonly environment?: NodeJS.ProcessEnv | undefined;
  /** Seconds to wait for the other processes in one call; default 1800. */
  readonly timeout?: number | undefined;
}

/** The processes, with what the library calls itself. */
export interface MpiProcesses extends Collective {
  readonly version: string;
  /** Number of the processes on this machine; undefined where the launcher doesn't say. */
  readonly localSize: number | undefined;
}

/**
 * The processes that `mpirun`, `mpiexec` or `srun --mpi=pmix` started, by Open MPI or MPICH.
 *
 * Where another process hangs, a call ends with {@link CollectiveTimeout}. MPI cannot be left then, not even by
 * `process.exit`: save, and end the process with `process.kill(process.pid, 'SIGKILL')`.
 *
 * @throws {MpiError} when there is no MPI library, or when it does not find the processes that the launcher started
 */
export const openMpi = async ({
  environment = process.env,
  timeout = 1800,
}: OpenMpiOptions = {}): Promise<MpiProcesses> => {
  if (process.platform !== 'linux') {
    throw new MpiError(
      `MPI is called on Linux only, and this is ${process.platform}: train in one process here.`,
    );
  }
  const launch = launchOf(environment);
  if (launch?.launcher === 'torchrun') {
    throw new MpiError(
      `torchrun started ${launch.size} processes, but MPI needs a launcher of its own: mpirun -np ${launch.size} charter …, or ` +
        `charter launch -np ${launch.size} -- ….`,
    );
  }
  const thread = new MpiThread({ candidates: libraryCandidates(environment, launch?.launcher) }, timeout);
  const { opened } = await thread.call({ name: 'init' }).catch(error => {
    thread.end();
    throw error;
  });
  const { version, rank, size } = opened!;
  if (size !== (launch?.size ?? 1)) {
    thread.end();
    throw new MpiError(wrongLauncher(launch, { version, size }));
  }
  return {
    version,
    rank,
    size,
    localSize: launch?.localSize,
    allReduce: values => thread.move('allReduce', values),
    broadcast: values => thread.move('broadcast', values),
    barrier: async () => {
      await thread.call({ name: 'barrier' });
    },
    close: async () => {
      await thread.call({ name: 'finalize' });
      await thread.end();
    },
  };
};

const wrongLauncher = (
  launch: Launch | undefined,
  { version, size }: { version: string; size: number },
): string => {
  const started = launch
    ? `${launch.launcher} started ${launch.size} processes`
    : 'This process was started alone';
  const remedy =
    launch?.launcher === 'Slurm'
      ? 'Start them with srun --mpi=pmix (srun --mpi=list shows what this Slurm has).'
      : "Use the library's own mpirun, or name the launcher's library with MPI_LIB.";
  return `${started}, but ${version} finds ${size}: each would train by itself. ${remedy}`;
};

/** MPI counts in int32. */
const MOST = 2 ** 30;

/** The thread that calls MPI, one call after the other. */
class MpiThread {
  readonly #worker: Worker;
  readonly #timeout: number;
  #memory = new SharedArrayBuffer(0);
  #last: Promise<unknown> = Promise.resolve();

  constructor(data: ThreadData, timeout: number) {
    this.#worker = startThread(data);
    // A thread that waits for other processes keeps nobody alive.
    this.#worker.unref();
    this.#timeout = timeout;
  }

  /** Calls after those before it. */
  call(call: ThreadCall): Promise<ThreadAnswer> {
    const answer = this.#last.then(() => this.#ask(call));
    this.#last = answer.catch(() => {});
    return answer;
  }

  /** Runs a call on values, by shared memory. */
  async move(
    name: 'allReduce' | 'broadcast',
    values: Float32Array | Float64Array | Uint8Array,
  ): Promise<void> {
    for (let start = 0; start < values.length; start += MOST) {
      const part = values.subarray(start, start + MOST);
      if (this.#memory.byteLength < part.byteLength) this.#memory = new SharedArrayBuffer(part.byteLength);
      const bytes = new Uint8Array(part.buffer, part.byteOffset, part.byteLength);
      const shared = new Uint8Array(this.#memory, 0, part.byteLength);
      shared.set(bytes);
      await this.call({ name, values: this.#memory, count: part.length, type: typeOf(part) });
      bytes.set(shared);
    }
  }

  async end(): Promise<void> {
    await this.#worker.terminate();
  }

  #ask(call: ThreadCall): Promise<ThreadAnswer> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        end();
        reject(
          new CollectiveTimeout(
            `The other processes did not come to ${call.name} within ${this.#timeout} s: one of them hangs, or its ` +
              'machine cannot be reached. Started again, the same command goes on from the newest checkpoint.',
          ),
        );
      }, this.#timeout * 1000);
      const answered = ({ error, ...answer }: ThreadAnswer) => {
        end();
        if (error === undefined) resolve(answer);
        else reject(new MpiError(error));
      };
      const failed = (error: Error) => {
        end();
        reject(new MpiError(`The thread of MPI ended: ${error.message}`, { cause: error }));
      };
      const end = () => {
        clearTimeout(timer);
        this.#worker.off('message', answered).off('error', failed);
      };
      this.#worker.on('message', answered).on('error', failed);
      this.#worker.postMessage(call);
    });
  }
}

const typeOf = (values: Float32Array | Float64Array | Uint8Array): MpiType => {
  if (values instanceof Float32Array) return 'float';
  return values instanceof Float64Array ? 'double' : 'byte';
};

/** The built file beside this one, or the TypeScript source in development. */
const startThread = (workerData: ThreadData): Worker => {
  const here = import.meta.url;
  return new URL(here).pathname.endsWith('.ts')
    ? new Worker(new URL('./thread-from-source.mjs', here), {
        workerData,
        execArgv: ['--conditions=@charter/source'],
      })
    : new Worker(new URL('./mpi-thread.js', here), { workerData });
};
