/** Place of this process among those that a launcher started. */
export interface Launch {
  /** Who started the process, as its environment says. */
  readonly launcher: 'Open MPI' | 'MPICH' | 'Slurm' | 'torchrun';
  readonly rank: number;
  readonly size: number;
  /** Number of the processes on this machine; undefined where the launcher doesn't say. */
  readonly localSize: number | undefined;
}

/** Variables of each launcher: rank, size, and the number of processes on this machine. */
const VARIABLES = {
  'Open MPI': ['OMPI_COMM_WORLD_RANK', 'OMPI_COMM_WORLD_SIZE', 'OMPI_COMM_WORLD_LOCAL_SIZE'],
  MPICH: ['PMI_RANK', 'PMI_SIZE', 'MPI_LOCALNRANKS'],
  // The variables of the step, not of the job: a batch script has those of the job, and is alone.
  Slurm: ['SLURM_PROCID', 'SLURM_STEP_NUM_TASKS', 'SLURM_STEP_TASKS_PER_NODE'],
  torchrun: ['RANK', 'WORLD_SIZE', 'LOCAL_WORLD_SIZE'],
} as const;

/** Launcher of this process; undefined when it was started alone. */
export const launchOf = (environment: NodeJS.ProcessEnv): Launch | undefined => {
  const number = (name: string): number | undefined => {
    const text = environment[name];
    // Slurm counts per machine: 2(x3),1.
    return text === undefined || !/^\d/.test(text) ? undefined : Number.parseInt(text, 10);
  };
  for (const [launcher, [rankName, sizeName, localName]] of Object.entries(VARIABLES)) {
    const [rank, size] = [number(rankName), number(sizeName)];
    if (rank === undefined || size === undefined || size < 2) continue;
    return { launcher: launcher as Launch['launcher'], rank, size, localSize: number(localName) };
  }
  return undefined;
};
