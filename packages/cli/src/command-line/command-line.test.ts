import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { defineCommand } from './command.js';
import { commandLine } from './command-line.js';

const lossName = z.enum(['sigmoid', 'sft']);
const options = z.object({
  data: z.string().describe('where rows come from'),
  'batch-size': z.number().int().min(1).default(8).describe('rows at a time'),
  'learning-rate': z.number().min(0).default(1e-3).describe('step size'),
  schedule: z.enum(['linear', 'cosine']).default('linear').describe('how it falls'),
  packing: z.boolean().default(true).describe('lay rows side by side'),
  verbose: z.boolean().default(false).describe('say more'),
  stop: z.array(z.string()).default([]).describe('where texts end'),
  loss: z
    .union([lossName, z.array(lossName)])
    .optional()
    .describe('one or several'),
  weights: z.array(z.number()).optional().describe('one for each'),
  kwargs: z.record(z.string(), z.unknown()).default({}).describe('settings of the schedule'),
});

const command = defineCommand({ example: 'charter test --data x', options, run: async () => {} });

const parse = async (args: string[], positional?: 'data') => {
  let parsed: Record<string, unknown> | undefined;
  const line = commandLine({ name: 'test', summary: 'a test' }, { ...command, positional }, async given => {
    parsed = given;
  });
  line.exitOverride().configureOutput({ writeErr: () => {}, writeOut: () => {} });
  await line.parseAsync(args, { from: 'user' });
  return parsed;
};

const configFile = async (text: string) => {
  const file = join(await mkdtemp(join(tmpdir(), 'charter-cli-')), 'config.yaml');
  await writeFile(file, text);
  return file;
};

describe('options of a command', () => {
  it('have the defaults of their schema', async () => {
    expect(await parse(['--data', 'x'])).toEqual({
      data: 'x',
      'batch-size': 8,
      'learning-rate': 1e-3,
      schedule: 'linear',
      packing: true,
      verbose: false,
      stop: [],
      kwargs: {},
    });
  });

  it('are numbers, switches, lists and choices', async () => {
    const args = ['--data', 'x', '--learning-rate', '2e-5', '--no-packing', '--verbose', '--stop', 'a', 'b'];
    args.push('--kwargs', 'num_cycles=2', 'mode=x=y');
    expect(await parse(args)).toMatchObject({
      'learning-rate': 2e-5,
      packing: false,
      verbose: true,
      stop: ['a', 'b'],
      kwargs: { num_cycles: 2, mode: 'x=y' },
    });
  });

  it('are several names or numbers: behind one flag, behind several, or with commas between', async () => {
    const expected = { data: 'x', loss: ['sigmoid', 'sft'], weights: [1, 0.3] };
    for (const args of [
      ['--loss', 'sigmoid', 'sft', '--weights', '1', '0.3'],
      ['--loss', 'sigmoid', '--loss', 'sft', '--weights', '1', '--weights', '0.3'],
      ['--loss', 'sigmoid,sft', '--weights', '1,0.3'],
    ]) {
      expect(await parse(['--data', 'x', ...args])).toMatchObject(expected);
    }
    await expect(parse(['--data', 'x', '--weights', 'a'])).rejects.toThrow(/--weights \["a"\]: .*number/);
    await expect(parse(['--data', 'x', '--loss', 'sin'])).rejects.toThrow(/--loss \["sin"\]: /);
  });

  it('can stand without a flag where the command says so', async () => {
    expect(await parse(['rows.jsonl'], 'data')).toMatchObject({ data: 'rows.jsonl' });
  });

  it.each([
    [['--data', 'x', '--batch-size', 'many'], /--batch-size "many": .*number/],
    [['--data', 'x', '--batch-size', '0'], /--batch-size 0: .*>=1/],
    [['--data', 'x', '--schedule', 'sine'], /--schedule "sine": .*"linear"\|"cosine"/],
    [[], /charter test: --data is missing.*--help/],
  ])('that do not fit are named: %j', async (args, message) => {
    await expect(parse(args)).rejects.toThrow(message);
  });

  it('that do not exist are refused', async () => {
    await expect(parse(['--data', 'x', '--bach-size', '4'])).rejects.toThrow(/unknown option.*bach-size/);
  });
});

describe('--config', () => {
  it('gives options by the same names, and flags win over it', async () => {
    const file = await configFile('data: rows.jsonl\nbatch_size: 2\nlearning-rate: 0.5\npacking: false\n');
    expect(await parse(['--config', file, '--learning-rate', '0.1'])).toMatchObject({
      data: 'rows.jsonl',
      'batch-size': 2,
      'learning-rate': 0.1,
      packing: false,
    });
    expect(await parse(['--config', file, '--packing'])).toMatchObject({ packing: true });
  });

  it('names the line of an option that does not exist', async () => {
    const file = await configFile('data: rows.jsonl\nbach-size: 2\n');
    await expect(parse(['--config', file])).rejects.toThrow(/config\.yaml:2: there is no option "bach-size"/);
  });
});
