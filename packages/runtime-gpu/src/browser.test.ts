import { fileURLToPath } from 'node:url';
import type { ConformanceRow } from '@charter/tensor/conformance';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ChromiumPage, openChromium, withoutChromium } from '../../../tests/chromium-page.js';
import { nightly, onlyNightly } from '../../../tests/nightly.js';
import type { GpuMode } from './device/device.js';

/** Bundle of the page: this package and the conformance suite, for a browser. */
const script = `
  import { conformanceTable } from '@charter/tensor/conformance';
  import { createGpuRuntime } from './create-gpu-runtime.js';
  globalThis.conform = mode => conformanceTable(() => createGpuRuntime({ mode }));
`;

interface PageFunctions {
  conform(mode: GpuMode): Promise<ConformanceRow[]>;
}

describe.skipIf(withoutChromium)(`in Chromium${withoutChromium ? `: ${withoutChromium}` : ''}`, () => {
  let page: ChromiumPage;
  beforeAll(async () => {
    page = await openChromium({ script, from: fileURLToPath(new URL('.', import.meta.url)) });
  }, 120_000);
  afterAll(() => page?.close());

  for (const mode of ['webgpu', 'webgl2'] as const) {
    const slow = mode === 'webgl2';
    const title = `keeps every promise of a runtime on ${mode}${slow ? onlyNightly : ''}`;
    it.skipIf(slow && !nightly)(title, { timeout: 240_000 }, async () => {
      const rows = await page.tab.evaluate(
        wanted => (globalThis as unknown as PageFunctions).conform(wanted),
        mode,
      );
      expect(rows.filter(({ result }) => result === 'broken')).toEqual([]);
      expect(rows.length).toBeGreaterThan(80);
    });
  }
});
