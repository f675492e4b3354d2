import type { Collective } from '@charter/trainer';
import type { z } from 'zod';
import type { Terminal } from './terminal.js';

/** Terminal and stop signal of a command. */
export interface CommandContext {
  /** Aborted by Ctrl-C or SIGTERM: finish the current step, save, and return. */
  readonly signal: AbortSignal;
  readonly terminal: Terminal;
  /** Processes that share the work of the command; undefined where this one is alone. Rank 0 writes. */
  readonly collective?: Collective | undefined;
}

/**
 * One `charter` command. Its options are a zod object whose keys are the flags without their dashes (`batch-size`):
 * types, help text, defaults and the keys of `--config` files all come from there.
 */
export interface CommandSpec<Options extends z.ZodObject> {
  /** More than the one sentence of the list of commands, above the options. */
  readonly description?: string | undefined;
  /** A call that works, and what it does. */
  readonly example: string;
  readonly options: Options;
  /** The option that is given without a flag. */
  readonly positional?: (keyof z.output<Options> & string) | undefined;
  /** Kind of `--out`: one process at a time may write it. */
  readonly output?: 'file' | 'folder' | 'new folder' | undefined;
  /** The option that takes every argument behind `--`. */
  readonly rest?: (keyof z.output<Options> & string) | undefined;
  /** True when several processes, started by mpirun or srun, can share the work. */
  readonly collective?: boolean | undefined;
  run(options: z.output<Options>, context: CommandContext): Promise<void>;
}

/** A command of any options, checked by its own schema before it runs. */
export interface Command {
  readonly description?: string | undefined;
  readonly example: string;
  readonly options: z.ZodObject;
  readonly positional?: string | undefined;
  readonly output?: 'file' | 'folder' | 'new folder' | undefined;
  readonly rest?: string | undefined;
  readonly collective?: boolean | undefined;
  run(options: Record<string, unknown>, context: CommandContext): Promise<void>;
}

/** Gives `run` the types of its options. */
export const defineCommand = <Options extends z.ZodObject>(command: CommandSpec<Options>): Command =>
  command as unknown as Command;
