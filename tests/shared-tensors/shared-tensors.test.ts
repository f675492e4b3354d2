import { fileURLToPath } from 'node:url';
import { createGpuRuntime } from '@charter/runtime-gpu';
import { createOnnxRuntime } from '@charter/runtime-onnx';
import { add, Graph, int32, type Runtime } from '@charter/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ChromiumPage, openChromium, withoutChromium } from '../chromium-page.js';
import { withoutDriver } from '../webgpu-driver.js';
import { kernels, numbers, type pageFunctions, SIZE, sandwich } from './page.js';

/** softmax(2 · x / (1 + |x|)) of x = a · w, row by row, in float64. */
const expected = (): number[] => {
  const product = multiplied();
  return Array.from({ length: SIZE }, (_, row) => {
    const powers = bend(product.slice(row * SIZE, (row + 1) * SIZE)).map(Math.exp);
    const total = powers.reduce((n, x) => n + x, 0);
    return powers.map(x => x / total);
  }).flat();
};

const bend = (x: readonly number[]): number[] => x.map(x => (2 * x) / (1 + Math.abs(x)));

const multiplied = (): number[] => {
  const [a, w] = [numbers(0.7).data, numbers(0.3).data];
  return Array.from({ length: SIZE * SIZE }, (_, i) => {
    const [row, column] = [Math.floor(i / SIZE), i % SIZE];
    let total = 0;
    for (let k = 0; k < SIZE; k++) total += a[row * SIZE + k]! * w[k * SIZE + column]!;
    return total;
  });
};

const worst = (actual: readonly number[], wanted: readonly number[]): number => {
  expect(actual.length).toBe(wanted.length);
  const largest = Math.max(...wanted.map(Math.abs));
  return Math.max(...wanted.map((x, i) => Math.abs(x - actual[i]!))) / largest;
};

type InPage = { readonly shared: typeof pageFunctions };

describe.skipIf(withoutChromium)(
  `ONNX Runtime and gpu.js on one WebGPU device in Chromium${withoutChromium ? `: ${withoutChromium}` : ''}`,
  () => {
    let page: ChromiumPage;
    beforeAll(async () => {
      page = await openChromium({
        script: `import './page.js';`,
        from: fileURLToPath(new URL('.', import.meta.url)),
      });
    }, 120_000);
    afterAll(() => page?.close());

    it('run in a row without a copy, on the card or to the host', { timeout: 120_000 }, async () => {
      const { result, running, reading } = await page.tab.evaluate(() =>
        (globalThis as unknown as InPage).shared.exchange(),
      );
      expect(worst(result, expected())).toBeLessThan(1e-5);
      expect(running).toMatchObject({ reads: 0, copies: 0 });
      expect(running.written).toBeLessThan(SIZE * SIZE);
      // The counters count.
      expect(reading.reads).toBeGreaterThan(0);
      expect(reading.copies).toBeGreaterThan(0);
    });

    it('keep no more buffers from round to round', { timeout: 120_000 }, async () => {
      const [early, late] = await page.tab.evaluate(() => (globalThis as unknown as InPage).shared.rounds());
      expect(late).toBe(early);
    });

    it('name a device that gpu.js cannot have beside the first', { timeout: 120_000 }, async () => {
      const reason = await page.tab.evaluate(() => (globalThis as unknown as InPage).shared.otherDevice());
      expect(reason).toMatch(/another WebGPU device already/);
    });

    it('leave each tensor its contents, whoever owned the buffer before', { timeout: 120_000 }, async () => {
      const { product, kept, bent } = await page.tab.evaluate(() =>
        (globalThis as unknown as InPage).shared.owners(),
      );
      expect(worst(product, multiplied())).toBeLessThan(1e-5);
      expect(kept).toEqual(product);
      expect(worst(bent, bend([...numbers(0.9).data]))).toBeLessThan(1e-5);
    });

    it('are opened again after they were disposed', { timeout: 120_000 }, async () => {
      const { result } = await page.tab.evaluate(() => (globalThis as unknown as InPage).shared.exchange());
      expect(worst(result, expected())).toBeLessThan(1e-5);
    });
  },
);

const engines = [
  {
    name: 'on the processor',
    reason: undefined,
    onnx: () => createOnnxRuntime(),
    gpu: () => createGpuRuntime({ mode: 'cpu', kernels }),
  },
  {
    name: 'on WebGPU',
    reason: withoutDriver,
    onnx: () => createOnnxRuntime({ device: 'webgpu' }),
    gpu: () => createGpuRuntime({ mode: 'webgpu', kernels }),
  },
];

describe.each(engines)(
  'ONNX Runtime and gpu.js in Node $name',
  ({ reason, onnx: openOnnx, gpu: openGpu }) => {
    let [onnx, gpu]: [Runtime?, Runtime?] = [];
    beforeAll(async () => {
      if (reason) return;
      [onnx, gpu] = [await openOnnx(), await openGpu()];
    });
    afterAll(async () => {
      await onnx?.dispose();
      await gpu?.dispose();
    });

    it.skipIf(reason)(`run in a row, by way of the host${reason ? `: ${reason}` : ''}`, async () => {
      const chain = await sandwich(onnx!, gpu!);
      for (let round = 0; round < 2; round++) await chain.run();
      expect(worst(await chain.read(), expected())).toBeLessThan(1e-5);
    });

    it.skipIf(reason)(
      `write to each other at once, and read what was there when they were called${reason ? `: ${reason}` : ''}`,
      async () => {
        const graph = new Graph();
        const x = graph.input('x', 'int32', ['n']);
        graph.output('y', add(x, x));
        const [there, here] = [await onnx!.compile(graph), await gpu!.compile(graph)];
        const [a, b] = [await onnx!.upload(int32([16777217, 1])), await gpu!.upload(int32([10, 20]))];
        const runs = [there.run({ x: b }, { y: b }), here.run({ x: a }, { y: a })];
        const later = there.run({ x: int32([5]) });
        await Promise.all(runs);
        expect([...(await a.read()).data]).toEqual([33554434, 2]);
        expect([...(await b.read()).data]).toEqual([20, 40]);
        expect([...(await later).y!.data]).toEqual([10]);
      },
    );
  },
);
