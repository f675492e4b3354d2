/**
 * Charter's side of `pnpm bench train`: a training command with its defaults, in a process of its own so that peak memory
 * is that command's. Prints one line of JSON, as peers/trl_training.py does.
 *
 *   node --conditions=@charter/source --import tsx bench/training/charter-training.ts sft|dpo OPTIONS.json
 */
import { readFile } from 'node:fs/promises';
import type { CommandContext } from '../../packages/cli/src/command-line/command.js';
import { parseOptions } from '../../packages/cli/src/command-line/command-line.js';
import { commands } from '../../packages/cli/src/commands.js';

const [method, file] = process.argv.slice(2) as ['sft' | 'dpo', string];

/** Unix times in ms of the updates of each progress bar, by its label. */
const updates: Record<string, number[]> = { sft: [], dpo: [], reference: [] };
const context: CommandContext = {
  signal: new AbortController().signal,
  terminal: {
    note: text => process.stderr.write(`${text}\n`),
    print: text => process.stderr.write(`${text}\n`),
    progress: label => ({ update: () => updates[label]?.push(Date.now()), stop: () => {} }),
  },
};
const options = JSON.parse(await readFile(file, 'utf8')) as { out: string };
const command = await commands[method]!.load();
await command.run(parseOptions(method, command, options), context);

const log = await readFile(`${options.out}/metrics.jsonl`, 'utf8');
const steps = log
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as { loss?: number; num_tokens: number })
  .filter(entry => entry.loss !== undefined);
const [began, ...ends] = updates[method]!;
console.log(
  JSON.stringify({
    began,
    ends,
    losses: steps.map(entry => entry.loss),
    tokens: steps.at(-1)?.num_tokens,
    reference: updates.reference,
    peak_rss: process.resourceUsage().maxRSS * 1024,
  }),
);
