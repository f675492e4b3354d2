import { existsSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { ConformanceRow } from '@charter/tensor/conformance';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { GpuMode } from './device.js';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const missing = !existsSync(executablePath);

/** What the page gets: this package and the conformance suite, for a browser. */
const page = `
  import { conformanceTable } from '@charter/tensor/conformance';
  import { createGpuRuntime } from './create-gpu-runtime.js';
  globalThis.conform = mode => conformanceTable(() => createGpuRuntime({ mode }));
`;

/** A page on 127.0.0.1, because WebGPU wants a secure origin. */
const serve = async (script: string): Promise<Server> => {
  const server = createServer((request, response) => {
    const isScript = request.url === '/page.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(isScript ? script : '<!doctype html><title>gpu</title><script src="/page.js"></script>');
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return server;
};

describe.skipIf(missing)(
  missing ? `in Chromium (skipped: none at ${executablePath}; set CHROMIUM)` : 'in Chromium',
  () => {
    let server: Server;
    let browser: Browser;
    let tab: Page;

    beforeAll(async () => {
      const { outputFiles } = await build({
        stdin: { contents: page, resolveDir: fileURLToPath(new URL('.', import.meta.url)), loader: 'ts' },
        bundle: true,
        write: false,
        platform: 'browser',
        conditions: ['@charter/source'],
      });
      server = await serve(outputFiles[0]!.text);
      browser = await chromium.launch({
        executablePath,
        // No device is needed: Chromium brings a driver that computes on the processor.
        args: ['--headless', '--no-sandbox', '--no-first-run', '--enable-unsafe-webgpu'],
      });
      tab = await browser.newPage();
      await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    }, 120_000);
    afterAll(async () => {
      await browser?.close();
      server?.close();
    });

    for (const mode of ['webgpu', 'webgl2'] as const) {
      it(`keeps every promise of a runtime on ${mode}`, { timeout: 240_000 }, async () => {
        const rows = await tab.evaluate(
          wanted =>
            (globalThis as unknown as { conform(mode: GpuMode): Promise<ConformanceRow[]> }).conform(wanted),
          mode,
        );
        expect(rows.filter(({ result }) => result === 'broken')).toEqual([]);
        expect(rows.length).toBeGreaterThan(80);
      });
    }
  },
);
