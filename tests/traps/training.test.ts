import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSafetensors, readTensor } from '@charter/checkpoint';
import { type DpoRequest, dpo, dpoMonitors } from '@charter/dpo';
import { loadModel } from '@charter/models';
import { createOnnxRuntime } from '@charter/runtime-onnx';
import { type SftRequest, sft } from '@charter/sft';
import { Graph, gradients, type Runtime, sum } from '@charter/tensor';
import { packedForward, readMetrics } from '@charter/trainer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const folder = 'fixtures/models/llama';
const temporary = () => mkdtemp(join(tmpdir(), 'charter-trap-'));
const rowsIn = async (name: string) =>
  (await readFile(`fixtures/inputs/${name}.jsonl`, 'utf8'))
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));

describe('traps in training', () => {
  let runtime: Runtime;
  let compiled = 0;
  beforeAll(async () => {
    const engine = await createOnnxRuntime();
    runtime = {
      name: engine.name,
      compile: (...given) => {
        compiled++;
        return engine.compile(...given);
      },
      upload: tensor => engine.upload(tensor),
      allocateZeros: shape => engine.allocateZeros(shape),
      dispose: () => engine.dispose(),
    };
  });
  afterAll(() => runtime.dispose());

  const sftRequest = async (options: SftRequest['options']): Promise<SftRequest> => ({
    runtime,
    model: await loadModel(folder),
    rows: await rowsIn('prompt-completion'),
    lora: { r: 4 },
    options: { max_length: 64, shuffle: false, learning_rate: 1e-3, ...options },
    out: await temporary(),
  });
  const dpoRequest = async (changes: Partial<DpoRequest> = {}): Promise<DpoRequest> => ({
    runtime,
    model: await loadModel(folder),
    rows: await rowsIn('pairs'),
    options: { max_steps: 1, per_device_train_batch_size: 2, shuffle: false },
    out: await temporary(),
    ...changes,
  });
  const sftLog = async (options: SftRequest['options']) => {
    const request = await sftRequest(options);
    await sft(request);
    return readMetrics(join(request.out, 'metrics.jsonl'));
  };

  it('trap 7, accumulation against one batch: rows of different lengths give the same loss and gradient in one pass or in four', async () => {
    const one = await sftLog({ max_steps: 2, per_device_train_batch_size: 4 });
    const four = await sftLog({
      max_steps: 2,
      per_device_train_batch_size: 1,
      gradient_accumulation_steps: 4,
    });
    four.forEach((entry, i) => {
      expect(entry.loss! / one[i]!.loss!).toBeCloseTo(1, 5);
      expect(entry.grad_norm! / one[i]!.grad_norm!).toBeCloseTo(1, 4);
    });
  });

  it('trap 8, memory for logits over the vocabulary: they exist for labels only, in the backward pass too', async () => {
    const { config } = await loadModel(folder);
    const graph = new Graph();
    const { logps } = packedForward(graph, config);
    expect(logps.shape).toEqual(['labels']);
    gradients(sum(logps, { axes: [0] }), [...graph.weights.values()]);
    const wide = graph.values.filter(
      ({ shape }) => shape.at(-1) === config.vocab_size && shape.some(dim => typeof dim === 'string'),
    );
    expect(wide.length).toBeGreaterThan(0);
    for (const { shape } of wide) expect(shape[0]).toBe('labels');
  });

  it('trap 9, the reference computed again and again: once a pair, and a second run reads it from disk', async () => {
    const cache = await temporary();
    await dpo(await dpoRequest({ cache }));
    const before = compiled;
    await dpo(await dpoRequest({ cache, options: { max_steps: 1, beta: 0.5 } }));
    expect(compiled - before).toBe(3); // training pass, norm and AdamW
  });

  it('trap 10, a wrong reference when DPO follows SFT: refused unless named; named, it is the adapter or the base', async () => {
    const adapter = 'fixtures/sft/final/completion-only';
    await expect(dpo(await dpoRequest({ adapter }))).rejects.toThrow(/so name the reference of the policy/);
    const same = await dpo(await dpoRequest({ adapter, reference: { adapter } }));
    expect(same.last.train!.loss).toBeCloseTo(Math.LN2, 5);
    expect(same.last.train!['rewards/chosen']).toBeCloseTo(0, 4);
    const base = await dpo(await dpoRequest({ adapter, reference: 'base' }));
    expect(Math.abs(base.last.train!['rewards/chosen']!)).toBeGreaterThan(0.01);
  });

  it('trap 11, a loss that is stuck at 0.693, 0 or NaN: said while training, with the option that helps', async () => {
    const said: string[] = [];
    await dpo(
      await dpoRequest({
        options: { max_steps: 12, per_device_train_batch_size: 1, learning_rate: 1e-12 },
        onWarning: ({ message }) => said.push(message),
      }),
    );
    expect(said).toEqual([
      expect.stringMatching(/^The loss is stuck at 0\.693 after 1\d steps: .*raise learning_rate\.$/),
    ]);
    const broken = await sftRequest({ max_steps: 4, learning_rate: 1e30, max_grad_norm: 0 });
    await expect(sft(broken)).rejects.toThrow(
      /(loss|grad_norm) is (NaN|Infinity) (at step \d|after \d steps?).*lower learning_rate/,
    );
  });

  it('trap 12, chosen and rejected rewards both fall: said once; the sft term holds the chosen answers up', async () => {
    const monitor = dpoMonitors({ beta: 0.1, loss_type: ['sigmoid'] }, { pairs: 9, identical: 0 })[
      'chosen reward falling'
    ]!;
    const log = Array.from({ length: 30 }, (_, i) => ({ step: i + 1, loss: 0.5, 'rewards/chosen': -i / 20 }));
    expect(monitor(log)).toMatch(/chosen answers become less likely too.*add sft to loss_type/);
    const options = { max_steps: 14, per_device_train_batch_size: 4, learning_rate: 2e-3 };
    const chosen = async (losses: object) =>
      (await dpo(await dpoRequest({ options: { ...options, ...losses } }))).last.train!['rewards/chosen']!;
    const [alone, held] = [await chosen({}), await chosen({ loss_type: ['sigmoid', 'sft'] })];
    expect(held).toBeGreaterThan(alone);
  });

  it('trap 13, packing lets examples see each other: not here, so it changes no number', async () => {
    const options = { max_steps: 2, per_device_train_batch_size: 8 };
    const [packed, alone] = [
      await sftLog({ ...options, packing: true }),
      await sftLog({ ...options, packing: false }),
    ];
    packed.forEach((entry, i) => {
      expect(entry.loss! / alone[i]!.loss!).toBeCloseTo(1, 5);
      expect(entry.grad_norm! / alone[i]!.grad_norm!).toBeCloseTo(1, 4);
    });
  });

  it('trap 14, a resumed run differs: adapter and metrics have the bytes of a run that was not stopped', async () => {
    const whole = await sftRequest({ max_steps: 4, gradient_accumulation_steps: 2, shuffle: true });
    await sft(whole);
    const stopped = { ...whole, out: await temporary() };
    const stop = new AbortController();
    const first = await sft({
      ...stopped,
      signal: stop.signal,
      onProgress: ({ step }) => {
        if (step === 3) stop.abort();
      },
    });
    expect(first.status).toBe('stopped');
    await sft(stopped);
    for (const file of ['metrics.jsonl', 'adapter_model.safetensors', 'adapter_config.json']) {
      expect(
        (await readFile(join(stopped.out, file))).equals(await readFile(join(whole.out, file))),
        file,
      ).toBe(true);
    }
  });

  it('trap 17, LoRA without a gradient: a new adapter learns from the first step, A from the second', async () => {
    const request = await sftRequest({ max_steps: 2, lr_scheduler_type: 'constant' });
    const { last } = await sft(request);
    expect(last.train!.grad_norm).toBeGreaterThan(0);
    const { tensors } = await openSafetensors(join(request.out, 'adapter_model.safetensors'));
    for (const [name, stored] of tensors) {
      const values = await readTensor(stored);
      expect(
        values.some(value => value !== 0),
        name,
      ).toBe(true);
    }
  });
});
