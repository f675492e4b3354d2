import { describe, expect, it } from 'vitest';
import { launchLine, shellLine } from './launch-line.js';

const settings = { processes: 4, command: ['charter', 'sft'], root: false, cores: 8 };

describe('the line that charter launch runs', () => {
  it.each([
    [{ launcher: 'Open MPI' }, 'mpirun -np 4 --bind-to none charter sft'],
    [
      { launcher: 'Open MPI', cores: 2, root: true },
      'mpirun -np 4 --bind-to none --oversubscribe --allow-run-as-root charter sft',
    ],
    [{ launcher: 'Open MPI', hosts: ['a', 'b'] }, 'mpirun -np 4 --host a:2,b:2 --bind-to none charter sft'],
    [{ launcher: 'MPICH', hosts: ['a', 'b'] }, 'mpiexec -n 4 -hosts a,b -ppn 2 charter sft'],
    [{ launcher: 'Slurm' }, 'srun --mpi=pmix -n 4 --kill-on-bad-exit=1 charter sft'],
  ] as const)('is that of the launcher: %o', (changes, line) => {
    expect(shellLine(launchLine({ ...settings, ...changes }))).toBe(line);
  });

  it('can be pasted into a shell', () => {
    expect(shellLine(['charter', 'sft', '--data', "it's here.jsonl"])).toBe(
      "charter sft --data 'it'\\''s here.jsonl'",
    );
  });
});
