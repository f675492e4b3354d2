import { fileURLToPath } from 'node:url';
import type { ConformanceRow } from '@charter/tensor/conformance';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ChromiumPage, openChromium, withoutChromium } from '../../../tests/chromium-page.js';
import type { WebRuntimeOptions } from './web.js';

/** Bundle of the page: this package and the conformance suite, for a browser. */
const script = `
  import { conformanceTable } from '@charter/tensor/conformance';
  import { createWebRuntime } from './web.js';
  const create = device => createWebRuntime({ device, files: '/ort/', threads: 1 });
  globalThis.conform = device => conformanceTable(() => create(device));
  globalThis.chosen = async () => (await create('auto')).name;
`;

interface PageFunctions {
  conform(device: WebRuntimeOptions['device']): Promise<ConformanceRow[]>;
  chosen(): Promise<string>;
}

describe.skipIf(withoutChromium)(`in Chromium${withoutChromium ? `: ${withoutChromium}` : ''}`, () => {
  let page: ChromiumPage;
  beforeAll(async () => {
    page = await openChromium({ script, from: fileURLToPath(new URL('.', import.meta.url)) });
  }, 120_000);
  afterAll(() => page?.close());

  for (const device of ['webgpu', 'wasm'] as const) {
    it(`keeps every promise of a runtime on ${device}`, { timeout: 400_000 }, async () => {
      const rows = await page.tab.evaluate(
        wanted => (globalThis as unknown as PageFunctions).conform(wanted),
        device,
      );
      expect(rows.filter(({ result }) => result === 'broken')).toEqual([]);
      expect(rows.length).toBeGreaterThan(80);
    });
  }

  it('chooses a device that works by itself', { timeout: 120_000 }, async () => {
    const name = await page.tab.evaluate(() => (globalThis as unknown as PageFunctions).chosen());
    expect(['onnx-webgpu', 'onnx-wasm']).toContain(name);
  });
});
