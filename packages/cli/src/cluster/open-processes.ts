import { availableParallelism, cpus } from 'node:os';
import type { Collective } from '@charter/trainer';
import { CliError } from '../command-line/cli-error.js';

/** Variables by which launchers tell how many processes they started. */
const SIZES = ['OMPI_COMM_WORLD_SIZE', 'PMI_SIZE', 'SLURM_STEP_NUM_TASKS', 'WORLD_SIZE'];

/** Processes that share a command, and the engine's threads in each when nothing else is asked for. */
export interface Processes {
  readonly collective: Collective;
  readonly threads: number;
}

/**
 * The processes that a launcher started with this one; undefined when it is alone.
 *
 * @throws {CliError} when there are several and @charter/mpi is not installed
 * @throws {MpiError} when there is no MPI library, or not that of the launcher
 */
export const openProcesses = async (environment: NodeJS.ProcessEnv): Promise<Processes | undefined> => {
  const size = Math.max(...SIZES.map(name => Number(environment[name] ?? 1) || 1));
  if (size === 1) return undefined;
  const { openMpi } = await loadMpi();
  const timeout = Number(environment.CHARTER_MPI_TIMEOUT) || undefined;
  const collective = await openMpi({ environment, timeout });
  return { collective, threads: threadsFor(collective.localSize ?? collective.size) };
};

/** The optional package. @throws {CliError} when it is not installed */
export const loadMpi = async () => {
  try {
    return await import('@charter/mpi');
  } catch (cause) {
    throw new CliError(
      'Several processes need @charter/mpi, which is not installed: npm install @charter/mpi.',
      {
        cause,
      },
    );
  }
};

/** Cores for each of the processes on this machine; a launcher that binds a process to cores has shared them out. */
const threadsFor = (processes: number): number => {
  const [bound, all] = [availableParallelism(), cpus().length];
  return bound < all ? bound : Math.max(1, Math.floor(all / processes));
};
