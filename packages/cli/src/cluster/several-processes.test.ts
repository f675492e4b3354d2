import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const hasMpi = spawnSync('mpirun', ['--version']).status === 0;

const options = [
  ...['--model', 'fixtures/models/llama', '--data', 'fixtures/inputs/pairs.jsonl', '--batch-size', '4'],
  ...['--max-length', '80', '--rank', '4', '--threads', '1', '--steps', '60', '--save-steps', '5'],
];

/** `charter launch` from the sources; the processes talk by TCP on this machine. */
const launch = (np: number, args: readonly string[]) =>
  new Promise<{ code: number | null; stderr: string }>(resolve => {
    const main = join(root, 'packages/cli/src/main.ts');
    const env = { ...process.env, OMPI_MCA_btl: 'tcp,self', OMPI_MCA_btl_tcp_if_include: 'lo' };
    const node = ['--conditions=@charter/source', '--import', 'tsx', main, 'launch', '-np', `${np}`, '--'];
    const child = spawn(process.execPath, [...node, ...args], { cwd: root, env });
    let stderr = '';
    child.stderr.on('data', chunk => {
      stderr += chunk;
    });
    child.on('close', code => resolve({ code, stderr }));
  });

/** Process of a rank whose arguments name a folder. */
const processOf = async (rank: number, folder: string): Promise<number> => {
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const [args, environment] = await Promise.all(
      ['cmdline', 'environ'].map(file => readFile(`/proc/${pid}/${file}`, 'latin1').catch(() => '')),
    );
    if (args!.includes(folder) && environment!.includes(`OMPI_COMM_WORLD_RANK=${rank}\0`)) return Number(pid);
  }
  throw new Error(`no process of rank ${rank}`);
};

const adapterOf = (folder: string) => readFile(join(folder, 'adapter_model.safetensors'));

describe.skipIf(!hasMpi)('two processes of Open MPI', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'charter-two-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('a killed one ends the run; started again, it ends with the bytes of a run that was not', async () => {
    const out = join(folder, 'killed');
    let killed = false;
    const kill = async () => {
      const steps = (await readdir(out).catch(() => [])).filter(name => /^checkpoint-\d+$/.test(name));
      if (killed || steps.length === 0) return;
      killed = true;
      process.kill(await processOf(1, out), 'SIGKILL');
    };
    const timer = setInterval(kill, 5);
    const first = await launch(2, ['dpo', ...options, '--out', out]).finally(() => clearInterval(timer));
    expect({ killed, code: first.code }).toEqual({ killed: true, code: 137 });
    expect(first.stderr).toContain('mpirun -np 2 --bind-to none');
    expect(first.stderr).toContain(
      'One of the processes ended (exit code 137), and the launcher ended the others. The same command goes on',
    );

    const whole = join(folder, 'whole');
    const [again, unbroken] = [
      await launch(2, ['dpo', ...options, '--out', out]),
      await launch(2, ['dpo', ...options, '--out', whole]),
    ];
    expect([again, unbroken].map(({ code, stderr }) => (code === 0 ? 0 : stderr))).toEqual([0, 0]);
    expect(JSON.parse(await readFile(join(out, 'run.json'), 'utf8')).result.resumedFrom).toBeGreaterThan(0);
    expect(await adapterOf(out)).toEqual(await adapterOf(whole));
  }, 180_000);
});
