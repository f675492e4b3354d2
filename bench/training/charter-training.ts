/**
 * Charter's side of `pnpm bench train`: a training command as the user gives it, in a process of its own so that its
 * memory is its own. Prints one line of JSON, as peers/trl_training.py does.
 *
 *   node --conditions=@charter/source --import tsx bench/training/charter-training.ts sft|dpo OPTIONS.json
 */
import { readFile } from 'node:fs/promises';
import type { CommandContext } from '../../packages/cli/src/command-line/command.js';
import { parseOptions } from '../../packages/cli/src/command-line/command-line.js';
import { commands } from '../../packages/cli/src/commands.js';

const [method, file] = process.argv.slice(2) as ['sft' | 'dpo', string];

/** Unix times in ms at which each progress line moved, by its label. */
const moved: Record<string, number[]> = { sft: [], dpo: [], reference: [] };
const context: CommandContext = {
  signal: new AbortController().signal,
  terminal: {
    note: text => process.stderr.write(`${text}\n`),
    print: text => process.stderr.write(`${text}\n`),
    progress: label => ({ update: () => moved[label]?.push(Date.now()), stop: () => {} }),
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
const [began, ...ends] = moved[method]!;
console.log(
  JSON.stringify({
    began,
    ends,
    losses: steps.map(entry => entry.loss),
    tokens: steps.at(-1)?.num_tokens,
    reference: moved.reference,
    peak_rss: process.resourceUsage().maxRSS * 1024,
  }),
);
