/** A program that starts processes, on one machine or several. */
export type Launcher = 'Open MPI' | 'MPICH' | 'Slurm';

export interface LaunchSettings {
  readonly launcher: Launcher;
  /** Number of processes. */
  readonly processes: number;
  /** Machines, each with an equal share of the processes; default: this one. */
  readonly hosts?: readonly string[] | undefined;
  /** Command of each process. */
  readonly command: readonly string[];
  /** True for root, whom Open MPI refuses without a flag. */
  readonly root: boolean;
  /** Cores of this machine. */
  readonly cores: number;
}

/** Program and arguments that start the processes of a command. */
export const launchLine = (settings: LaunchSettings): string[] => {
  const { launcher, processes, hosts, command, root, cores } = settings;
  const each = hosts && Math.ceil(processes / hosts.length);
  if (launcher === 'Slurm') {
    const nodes = hosts ? ['--nodelist', hosts.join(',')] : [];
    return ['srun', '--mpi=pmix', '-n', `${processes}`, ...nodes, '--kill-on-bad-exit=1', ...command];
  }
  if (launcher === 'MPICH') {
    const where = hosts ? ['-hosts', hosts.join(','), '-ppn', `${each}`] : [];
    return ['mpiexec', '-n', `${processes}`, ...where, ...command];
  }
  return [
    'mpirun',
    '-np',
    `${processes}`,
    ...(hosts ? ['--host', hosts.map(host => `${host}:${each}`).join(',')] : []),
    // Bound to one core each, the engine's threads would share it.
    '--bind-to',
    'none',
    ...(!hosts && processes > cores ? ['--oversubscribe'] : []),
    ...(root ? ['--allow-run-as-root'] : []),
    ...command,
  ];
};

/** A command as a shell takes it. */
export const shellLine = (words: readonly string[]): string =>
  words.map(word => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(' ');
