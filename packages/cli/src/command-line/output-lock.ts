import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { withFileLock } from '@charter/core/node';
import type { Command } from './command.js';

/** Runs `work` while no other process writes to an output folder. @throws {LockedError} naming the one that does */
export const withFolderLock = <T>(folder: string, work: () => Promise<T>): Promise<T> =>
  withFileLock(join(folder, '.lock'), work);

/** Runs a command while no other process writes to its `--out`. @throws {LockedError} naming the one that does */
export const runLocked = async (
  command: Command,
  options: Readonly<Record<string, unknown>>,
  run: () => Promise<void>,
): Promise<void> => {
  const out = options.out as string;
  if (command.output === 'folder') return withFolderLock(out, run);
  // The folder appears when it is complete, so its lock lies beside it.
  if (command.output === 'new folder') return withFileLock(`${out}.lock`, run);
  // Several may write to one pipe or terminal.
  const isFile = async () => (await stat(out).catch(() => undefined))?.isFile() ?? true;
  if (command.output === 'file' && (await isFile())) return withFileLock(`${out}.lock`, run);
  return run();
};
