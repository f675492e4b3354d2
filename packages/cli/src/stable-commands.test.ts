import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openCheckpoint, readTensor, writeSafetensors } from '@charter/checkpoint';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const fixtures = join(root, 'fixtures');
const folder = mkdtempSync(join(tmpdir(), 'charter-commands-'));
const out = (name: string) => join(folder, name);
const model = join(fixtures, 'models/llama');

const charter = (args: string[]) =>
  new Promise<{ status: number; stdout: string; stderr: string }>(resolve => {
    const main = join(root, 'packages/cli/src/main.ts');
    execFile(
      process.execPath,
      ['--conditions=@charter/source', '--import', 'tsx', main, ...args],
      { cwd: root },
      (error, stdout, stderr) =>
        resolve({ status: typeof error?.code === 'number' ? error.code : error ? 1 : 0, stdout, stderr }),
    );
  });

const json = (file: string) => JSON.parse(readFileSync(file, 'utf8'));
const jsonl = (file: string) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line));
const writeRows = (name: string, rows: object[]) => {
  writeFileSync(out(name), rows.map(row => `${JSON.stringify(row)}\n`).join(''));
  return out(name);
};

/** Metrics that TRL printed at each step, under `keys`, beside ours. */
const expectCurve = (
  steps: readonly Record<string, number>[],
  metrics: readonly Record<string, number>[],
  keys: readonly string[],
) => {
  expect(metrics).toHaveLength(steps.length);
  steps.forEach((step, i) => {
    for (const key of keys) {
      const [theirs, ours] = [step[key]!, metrics[i]![key]!];
      expect(Math.abs(ours - theirs), `${key} at step ${i + 1}`).toBeLessThan(
        1e-3 * Math.max(1e-2, Math.abs(theirs)),
      );
    }
  });
};

describe('commands that others script', () => {
  it('tokenize gives the ids of transformers, with and without the generation prompt', async () => {
    const { chats } = json(join(fixtures, 'encodings.json'));
    const chat = chats.find((c: { add_generation_prompt?: boolean }) => c.add_generation_prompt);
    const data = writeRows('chats.jsonl', [{ messages: chat.messages }]);
    const args = ['tokenize', '--model', model, '--data', data, '--out', out('ids.jsonl')];
    expect((await charter([...args, '--generation-prompt'])).stderr).toBe('');
    expect(jsonl(out('ids.jsonl'))).toEqual([{ ids: chat.ids }]);
  });

  it('score gives the log-probabilities of transformers, and of PEFT with an adapter', async () => {
    const { rows } = json(join(fixtures, 'scores/llama.json'));
    const data = join(fixtures, 'inputs/texts.jsonl');
    const adapter = join(fixtures, 'adapters/llama-all-linear');
    const args = ['score', '--model', model, '--data', data, '--out'];
    expect((await charter([...args, out('scores.jsonl')])).status).toBe(0);
    expect((await charter([...args, out('adapted.jsonl'), '--adapter', adapter])).status).toBe(0);
    const expected = [
      [rows, jsonl(out('scores.jsonl'))],
      [json(join(adapter, 'scores.json')).rows, jsonl(out('adapted.jsonl'))],
    ];
    for (const [theirs, ours] of expected) {
      expect(ours).toHaveLength(theirs.length);
      theirs.forEach((row: { ids: number[]; logprobs: number[] }, i: number) => {
        expect(ours[i].n).toBe(row.ids.length);
        expect(ours[i].logprobs).toHaveLength(row.logprobs.length);
        const worst = Math.max(...row.logprobs.map((x, t) => Math.abs(x - ours[i].logprobs[t])));
        expect(worst).toBeLessThan(1e-4);
      });
    }
  });

  it('generate writes the greedy text of transformers up to its end token', async () => {
    const { rows } = json(join(fixtures, 'greedy/llama.json'));
    const plain = rows.filter((row: { repetition_penalty: number }) => row.repetition_penalty === 1);
    const data = writeRows(
      'prompts.jsonl',
      plain.map(({ messages }: { messages: object[] }) => ({ prompt: messages })),
    );
    const args = ['generate', '--model', model, '--data', data, '--out', out('texts.jsonl')];
    const { status } = await charter([
      ...args,
      '--max-new-tokens',
      '64',
      '--temperature',
      '0',
      '--seed',
      '1',
    ]);
    expect(status).toBe(0);
    expect(jsonl(out('texts.jsonl')).map(({ ids }) => ids)).toEqual(
      plain.map(({ ids, first_eos }: { ids: number[]; first_eos: number | null }) =>
        first_eos === null ? ids : ids.slice(0, first_eos + 1),
      ),
    );
    expect(['stop', 'length']).toContain(jsonl(out('texts.jsonl'))[0].finish_reason);
  });

  it('sft follows the curve of TRL, and writes what PEFT reads', async () => {
    const { settings, steps, rows, initial_adapter } = json(join(fixtures, 'sft/completion-only.json'));
    const { status, stderr } = await charter([
      ...['sft', '--model', model, '--data', join(fixtures, rows), '--out', out('sft')],
      ...[
        '--adapter',
        join(fixtures, initial_adapter),
        '--steps',
        '10',
        '--batch-size',
        '2',
        '--grad-accum',
        '2',
      ],
      ...['--learning-rate', `${settings.learning_rate}`, '--schedule', 'linear', '--warmup-steps', '3'],
      ...[
        '--weight-decay',
        '0.01',
        '--max-grad-norm',
        '1',
        '--max-length',
        '64',
        '--no-shuffle',
        '--no-packing',
      ],
      ...['--rank', '4', '--alpha', '8', '--target', 'all-linear', '--seed', '1'],
    ]);
    expect(status, stderr).toBe(0);
    expectCurve(steps, jsonl(out('sft/metrics.jsonl')), ['loss', 'grad_norm', 'learning_rate', 'num_tokens']);
    for (const file of ['adapter_config.json', 'adapter_model.safetensors']) {
      expect(existsSync(join(out('sft'), file))).toBe(true);
    }
    const { command, engine, settings: ours, hashes, versions } = json(out('sft/run.json'));
    expect(command).toBe('sft');
    expect(engine).toBe('onnx-cpu');
    expect(ours).toMatchObject({
      'batch-size': 2,
      'grad-accum': 2,
      'learning-rate': 0.01,
      packing: false,
      seed: 1,
    });
    expect(Object.values(hashes)[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(versions.node).toBe(process.versions.node);
  });

  it('dpo follows the curve of TRL, and refuses to guess the reference of an adapter', async () => {
    const { settings, steps, rows, initial_adapter } = json(join(fixtures, 'dpo/adapter.json'));
    const args = [
      ...['dpo', '--model', model, '--data', join(fixtures, rows), '--out', out('dpo')],
      ...['--adapter', join(fixtures, initial_adapter), '--steps', '10', '--batch-size', '2'],
      ...['--learning-rate', `${settings.learning_rate}`, '--schedule', 'linear', '--warmup-steps', '3'],
      ...[
        '--weight-decay',
        '0.01',
        '--max-length',
        '80',
        '--no-shuffle',
        '--beta',
        '0.1',
        '--loss',
        'sigmoid',
      ],
    ];
    const guess = await charter(args);
    expect(guess.status).toBe(2);
    expect(guess.stderr).toContain('--reference adapter');
    const { status, stderr } = await charter([...args, '--reference', 'adapter']);
    expect(status, stderr).toBe(0);
    const keys = ['loss', 'grad_norm', 'learning_rate', 'num_tokens', 'rewards/margins', 'logps/chosen'];
    expectCurve(steps, jsonl(out('dpo/metrics.jsonl')), keys);
  });

  it('score names the row where a model that overflows gives NaN, and ends with exit code 2', async () => {
    const { weights } = await openCheckpoint(model);
    const folder = out('nan-model');
    cpSync(model, folder, { recursive: true });
    const tensors = await Promise.all(
      [...weights].map(async ([name, stored]) => {
        const data = await readTensor(stored);
        if (name === 'model.norm.weight') data.fill(3e38);
        return [name, { shape: stored.shape, data }] as const;
      }),
    );
    await writeSafetensors(join(folder, 'model.safetensors'), tensors);
    const data = join(fixtures, 'inputs/prompt-completion.jsonl');
    const { status, stderr } = await charter(['score', '--model', folder, '--data', data, '--out', out('n')]);
    expect(stderr).toMatch(/prompt-completion\.jsonl, row 1: its log-probabilities are NaN/);
    expect(status).toBe(2);
  });

  it('evaluate writes the preference accuracy with its interval', async () => {
    const pairs = join(fixtures, 'inputs/pairs.jsonl');
    const { status, stdout } = await charter([
      'evaluate',
      '--model',
      model,
      '--pairs',
      pairs,
      '--out',
      out('e.json'),
    ]);
    expect(status).toBe(0);
    const { preference_accuracy, intervals } = json(out('e.json'));
    const { low, high, n } = intervals.preference_accuracy;
    expect(n).toBe(jsonl(pairs).length);
    expect(low).toBeLessThan(preference_accuracy);
    expect(high).toBeGreaterThan(preference_accuracy);
    expect(stdout).toMatch(/^Preferred answers found likelier: \d+\.\d % \(.* n = \d+\)$/m);
  });

  it('an adapter that contradicts a flag, a broken row and an unknown model end with exit code 2', async () => {
    const data = join(fixtures, 'inputs/prompt-completion.jsonl');
    const adapter = join(fixtures, 'adapters/llama-all-linear');
    const rank = await charter([
      ...['sft', '--model', model, '--data', data, '--out', out('x')],
      ...['--adapter', adapter, '--rank', '8'],
    ]);
    expect(rank.stderr).toContain('--rank 8 (the adapter has 4)');
    expect(rank.status).toBe(2);
    const broken = writeRows('broken.jsonl', [{ prompt: 'a', completion: 'b' }, { answer: 'c' }]);
    const row = await charter(['sft', '--model', model, '--data', broken, '--out', out('x')]);
    expect(row.stderr).toContain('broken.jsonl:2: ');
    expect(row.status).toBe(2);
    const missing = await charter(['score', '--model', 'no-such-model', '--data', data, '--out', out('y')]);
    expect(missing.stderr).toContain('no-such-model');
    expect(missing.status).toBe(2);
    const empty = writeRows('empty.jsonl', []);
    const none = await charter(['score', '--model', model, '--data', empty, '--out', out('y')]);
    expect(none.stderr).toContain('There are no rows in');
    expect(none.status).toBe(2);
    const unknown = await charter(['generat']);
    expect(unknown.stderr).toContain('Did you mean generate?');
    expect(unknown.status).toBe(2);
  });
});
