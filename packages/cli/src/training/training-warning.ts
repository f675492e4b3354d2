import type { TrainWarning } from '@charter/trainer';
import { flagOf } from '../command-line/flags-from.js';
import type { Terminal } from '../command-line/terminal.js';

/**
 * Prints warnings of a run's monitors, with options called by their flags.
 *
 * @param names flags whose name is not just the option's with dashes
 */
export const trainingWarning =
  (terminal: Terminal, options: readonly string[], names: Readonly<Record<string, string>>) =>
  ({ step, message }: TrainWarning): void => {
    const known = new RegExp(`\\b(${options.join('|')})\\b`, 'g');
    terminal.note(`Step ${step}: ${message.replace(known, option => `--${flagOf(option, names)}`)}`);
  };
