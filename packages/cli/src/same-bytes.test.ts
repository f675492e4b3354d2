import { execFile } from 'node:child_process';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Command } from './command-line/command.js';
import { parseOptions } from './command-line/command-line.js';
import { dpoCommand } from './commands/dpo.js';
import { sftCommand } from './commands/sft.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const STEPS = 4;
const common = {
  model: 'fixtures/models/llama',
  steps: STEPS,
  'batch-size': 2,
  'grad-accum': 2,
  'learning-rate': 1e-3,
  'max-length': 80,
  seed: 7,
  rank: 4,
};
const methods: Record<string, { command: Command; options: Record<string, unknown> }> = {
  sft: {
    command: sftCommand,
    options: { ...common, data: 'fixtures/inputs/prompt-completion.jsonl', dropout: 0.1, loss: 'nll' },
  },
  dpo: {
    command: dpoCommand,
    options: {
      ...common,
      data: 'fixtures/inputs/pairs.jsonl',
      loss: ['sigmoid', 'sft'],
      'loss-weights': [1, 0.3],
    },
  },
};

const flags = (options: Record<string, unknown>) =>
  Object.entries(options).flatMap(([name, value]) => [`--${name}`, ...[value].flat().map(String)]);

/** A run in a process of its own, as a user starts it. */
const inProcess = (name: string, options: Record<string, unknown>) =>
  promisify(execFile)(
    process.execPath,
    [
      '--conditions=@charter/source',
      '--import',
      'tsx',
      join(root, 'packages/cli/src/main.ts'),
      name,
      ...flags(options),
    ],
    { cwd: root },
  );

/** A run that Ctrl-C stops once `step` is done; without `step` it goes to its end. */
const run = async (name: string, options: Record<string, unknown>, step?: number) => {
  const { command } = methods[name]!;
  const stop = new AbortController();
  const update = (done: number, fields?: string) => {
    if (done === step && fields?.startsWith('loss')) stop.abort(new Error('stopped'));
  };
  const terminal = { note: () => {}, print: () => {}, progress: () => ({ update, stop: () => {} }) };
  await command.run(parseOptions(name, command, options), { signal: stop.signal, terminal });
  return stop.signal.aborted;
};

const FILES = ['adapter_model.safetensors', 'adapter_config.json', 'metrics.jsonl'];
const bytesIn = async (out: string) =>
  Object.fromEntries(
    await Promise.all(FILES.map(async file => [file, await readFile(join(out, file), 'base64')] as const)),
  );

describe.each(Object.keys(methods))('charter %s', name => {
  const { options } = methods[name]!;
  let folder: string;
  let expected: Record<string, string>;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'charter-bytes-'));
    const out = join(folder, 'whole');
    await run(name, { ...options, out });
    expected = await bytesIn(out);
  });

  it('gives the same bytes for the same seed, in another process and folder, and others for another seed', async () => {
    const [again, other] = [join(folder, 'again'), join(folder, 'other')];
    await inProcess(name, { ...options, out: again });
    expect(await bytesIn(again)).toEqual(expected);
    await run(name, { ...options, out: other, seed: 8 });
    const files = await bytesIn(other);
    for (const file of ['adapter_model.safetensors', 'metrics.jsonl']) {
      expect(files[file], file).not.toBe(expected[file]);
    }
  });

  it('gives the bytes of a run that was not stopped, after whichever step it was stopped', async () => {
    for (let step = 1; step < STEPS; step++) {
      const out = join(folder, `stopped-${step}`);
      expect(await run(name, { ...options, out }, step), `stopped after step ${step}`).toBe(true);
      await expect(readFile(join(out, 'adapter_model.safetensors'))).rejects.toThrow('ENOENT');
      await run(name, { ...options, out });
      expect(await bytesIn(out), `stopped after step ${step}`).toEqual(expected);
    }
  });

  it('says in the adapter which model it belongs to, as the user called it', async () => {
    const config = JSON.parse(Buffer.from(expected['adapter_config.json']!, 'base64').toString('utf8'));
    expect(config.base_model_name_or_path).toBe(options.model);
  });
});
