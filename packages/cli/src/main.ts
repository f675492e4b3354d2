#!/usr/bin/env node
import { setMaxListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { isCharterError } from '@charter/core';
import { CollectiveTimeout } from '@charter/trainer';
import { Command as Commander, CommanderError } from 'commander';
import { openProcesses } from './cluster/open-processes.js';
import { withFlags } from './command-line/advice.js';
import { Stopped } from './command-line/cli-error.js';
import type { Command } from './command-line/command.js';
import { commandLine } from './command-line/command-line.js';
import { describeFileError } from './command-line/file-error.js';
import { runLocked } from './command-line/output-lock.js';
import { createTerminal, silentTerminal } from './command-line/terminal.js';
import { commands } from './commands.js';

/**
 * Signal of Ctrl-C, which stops after the current step; a second Ctrl-C stops at once. Of several processes one tells it,
 * and SIGUSR2 is what a launcher passes on to all of them.
 */
const stopSignal = (rank: number | undefined): AbortSignal => {
  const controller = new AbortController();
  // Every request in flight listens to it.
  setMaxListeners(0, controller.signal);
  let stopped = 0;
  const stop = () => {
    // A signal to the whole group reaches the command twice where `npm` passes it on as well.
    if (controller.signal.aborted && performance.now() - stopped > 500) process.exit(130);
    if (controller.signal.aborted) return;
    stopped = performance.now();
    if (rank === undefined)
      process.stderr.write('\nStopping after the current step; press Ctrl-C again to stop at once.\n');
    else if (rank === 0)
      process.stderr.write(
        'Stopping: the launcher asks for it, or another process ended. The same command goes on from the newest checkpoint.\n',
      );
    controller.abort(new Stopped());
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  if (rank !== undefined) process.on('SIGUSR2', stop);
  return controller.signal;
};

const version = (): string =>
  (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string })
    .version;

/** Flags of the command at hand, for the advice of messages. */
let flags: readonly string[] = [];

/** Rank of this process where there are several. */
let rank: number | undefined;

/** Runs a command, together with the processes that a launcher started. */
const runCommand = async (command: Command, given: Record<string, unknown>): Promise<void> => {
  const processes = command.collective ? await openProcesses(process.env) : undefined;
  const collective = processes?.collective;
  rank = collective?.rank;
  const signal = stopSignal(rank);
  const options = processes ? { ...given, threads: given.threads ?? processes.threads } : given;
  const context = { signal, terminal: rank ? silentTerminal : createTerminal(), collective };
  const run = () => command.run(options, context);
  await (rank ? run() : runLocked(command, options, run));
  await collective?.close();
  if (signal.aborted) process.exitCode = 130;
};

const charter = async (args: readonly string[]): Promise<void> => {
  const program = new Commander('charter')
    .description('Teaches a language model a written constitution.')
    .version(version(), '-v, --version', 'show the version')
    .helpOption('-h, --help', 'show this help')
    .helpCommand(false)
    .addHelpText('after', '\n`charter <command> --help` shows the options of a command and an example.');
  const wanted = args.find(arg => !arg.startsWith('-'));
  for (const [name, { summary, load }] of Object.entries(commands)) {
    if (name !== wanted) {
      program.command(name).summary(summary).description(summary);
      continue;
    }
    const command = await load();
    flags = Object.keys(command.options.shape);
    program.addCommand(commandLine({ name, summary }, command, options => runCommand(command, options)));
  }
  const parsers = [program, ...program.commands];
  // Commander exits by itself with 1 for a wrong option; a user's mistake is 2 here.
  for (const parser of parsers) parser.exitOverride();
  if (args.length === 0) return program.outputHelp();
  await program.parseAsync(withLongFlags(args), { from: 'user' });
};

/** mpirun's `-np`, which commander would read as `-n p`. */
const withLongFlags = (args: readonly string[]): string[] => {
  const end = args.indexOf('--');
  return args.map((arg, i) => (arg === '-np' && (end < 0 || i < end) ? '--np' : arg));
};

// A reader that has seen enough, such as `head`, is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

try {
  await charter(process.argv.slice(2));
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else if (isCharterError(error)) {
    process.stderr.write(`${rank ? `rank ${rank}: ` : ''}${withFlags(error.message, flags)}\n`);
    process.exitCode = error instanceof Stopped ? 130 : 2;
  } else if (describeFileError(error)) {
    process.stderr.write(`${describeFileError(error)}\n`);
    process.exitCode = 2;
  } else {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  }
  // A process that waits in MPI for one that hangs ends in no other way.
  if (error instanceof CollectiveTimeout) process.kill(process.pid, 'SIGKILL');
}
