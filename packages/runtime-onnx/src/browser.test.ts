import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ConformanceRow } from '@charter/tensor/conformance';
import { build } from 'esbuild';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WebRuntimeOptions } from './web.js';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const missing = !existsSync(executablePath);

/** What the page gets: this package and the conformance suite, for a browser. */
const page = `
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

const ortFiles = dirname(createRequire(import.meta.url).resolve('onnxruntime-web/webgpu'));

/** A page on 127.0.0.1, because WebGPU wants a secure origin. */
const serve = async (script: string): Promise<Server> => {
  const server = createServer(async (request, response) => {
    const url = request.url ?? '/';
    if (url.startsWith('/ort/')) {
      response.setHeader('content-type', url.endsWith('.wasm') ? 'application/wasm' : 'text/javascript');
      response.end(await readFile(join(ortFiles, basename(url))));
      return;
    }
    const isScript = url === '/page.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(
      isScript ? script : '<!doctype html><title>onnx</title><script type="module" src="/page.js"></script>',
    );
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
        format: 'esm',
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
      await tab.waitForFunction(() => 'chosen' in globalThis);
    }, 120_000);
    afterAll(async () => {
      await browser?.close();
      server?.close();
    });

    for (const device of ['webgpu', 'wasm'] as const) {
      it(`keeps every promise of a runtime on ${device}`, { timeout: 400_000 }, async () => {
        const rows = await tab.evaluate(
          wanted => (globalThis as unknown as PageFunctions).conform(wanted),
          device,
        );
        expect(rows.filter(({ result }) => result === 'broken')).toEqual([]);
        expect(rows.length).toBeGreaterThan(80);
      });
    }

    it('chooses a device that works by itself', { timeout: 120_000 }, async () => {
      const name = await tab.evaluate(() => (globalThis as unknown as PageFunctions).chosen());
      expect(['onnx-webgpu', 'onnx-wasm']).toContain(name);
    });
  },
);
