import { spawn } from 'node:child_process';
import { cpus } from 'node:os';
import { z } from 'zod';
import { findLauncher } from '../cluster/find-launcher.js';
import { launchLine, shellLine } from '../cluster/launch-line.js';
import { loadMpi } from '../cluster/open-processes.js';
import { CliError } from '../command-line/cli-error.js';
import { defineCommand } from '../command-line/command.js';

/** The commands whose work several processes can share. */
const COMMANDS = ['sft', 'dpo', 'evaluate'];

export const launch = defineCommand({
  description:
    'Prints the line that it runs: mpirun of Open MPI, mpiexec of MPICH, or srun inside of a Slurm job. Each process computes ' +
    'its part of every step, so options mean what they mean in one process, and the adapter is the same. A run that was ' +
    'stopped goes on with any number of processes.',
  example: `charter launch -np 2 -- sft --model smollm2-135m-instruct --data sft.jsonl --out runs/sft
charter launch -np 8 --hosts node1,node2 -- dpo --model smollm2-135m-instruct --data pairs.jsonl --out runs/dpo`,
  options: z.object({
    np: z.number().int().positive().describe('number of processes; also -np'),
    hosts: z
      .string()
      .regex(/^[^\s,]+(,[^\s,]+)*$/, 'expected names with commas between')
      .optional()
      .describe(
        'machines, comma-separated, each with an equal share of the processes; default: this machine',
      ),
    command: z
      .array(z.string())
      .min(1, 'give it behind --')
      .describe(`the command behind --: ${COMMANDS.join(', ')}`),
  }),
  rest: 'command',
  async run({ np, hosts, command }, { terminal, signal }) {
    if (!COMMANDS.includes(command[0]!)) {
      throw new CliError(
        `charter launch -- ${command[0]}: several processes can share ${COMMANDS.join(', ')}. Generation on several machines: ` +
          '--shard, or charter work.',
      );
    }
    await loadMpi();
    const line = launchLine({
      launcher: await findLauncher(process.env),
      processes: np,
      hosts: hosts?.split(','),
      command: [process.execPath, ...process.execArgv, process.argv[1]!, ...command],
      root: process.getuid?.() === 0,
      cores: cpus().length,
    });
    terminal.note(shellLine(line));
    const code = await runLine(line, signal);
    if (code === 0 || signal.aborted) return;
    if (code !== 2) {
      terminal.note(
        `One of the processes ended (exit code ${code}), and the launcher ended the others. The same command goes on from ` +
          'the newest checkpoint.',
      );
    }
    process.exitCode = code;
  },
});

/** Runs a launcher. Ctrl-C asks all processes to stop after the current step; they get it from the launcher. */
const runLine = ([program, ...args]: readonly string[], signal: AbortSignal): Promise<number> =>
  new Promise((resolve, reject) => {
    // In a process group of its own, since a launcher that gets Ctrl-C itself kills its processes within a second.
    const child = spawn(program!, args, { stdio: ['ignore', 'inherit', 'inherit'], detached: true });
    const stop = () => child.kill('SIGUSR2');
    const end = () => child.kill('SIGTERM');
    signal.addEventListener('abort', stop, { once: true });
    process.once('exit', end);
    child.on('error', reject);
    child.on('close', (code, name) => {
      signal.removeEventListener('abort', stop);
      process.off('exit', end);
      resolve(code ?? (name === 'SIGKILL' ? 137 : 1));
    });
  });
