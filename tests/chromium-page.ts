import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { build } from 'esbuild';
import { chromium, type Page } from 'playwright-core';

export const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** Why nothing runs in Chromium here, or undefined where there is one. */
export const withoutChromium: string | undefined = existsSync(executablePath)
  ? undefined
  : `no Chromium at ${executablePath} (apt-get install chromium, or set CHROMIUM)`;

export interface ChromiumPage {
  readonly tab: Page;
  close(): Promise<void>;
}

export interface PageSource {
  /** TypeScript for the page, bundled from the sources of the packages; what tests call, it puts into `globalThis`. */
  readonly script: string;
  /** The folder from which the script imports. */
  readonly from: string;
}

/** What resolves as in the package that depends on ONNX Runtime. */
const { resolve } = createRequire(new URL('../packages/runtime-onnx/package.json', import.meta.url));

/** Opens a page with WebGPU. ONNX Runtime's files are at `/ort/`. */
export const openChromium = async ({ script, from }: PageSource): Promise<ChromiumPage> => {
  const { outputFiles } = await build({
    stdin: { contents: script, resolveDir: from, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    conditions: ['@charter/source'],
  });
  const server = await serve(outputFiles[0]!.text);
  const browser = await chromium.launch({
    executablePath,
    // No device is needed: Chromium brings a driver that computes on the processor.
    args: ['--headless', '--no-sandbox', '--no-first-run', '--enable-unsafe-webgpu'],
  });
  const close = async () => {
    await browser.close();
    server.close();
  };
  try {
    const tab = await browser.newPage();
    // A secure origin, which WebGPU wants.
    await tab.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await tab.waitForFunction(() => 'loaded' in globalThis);
    return { tab, close };
  } catch (error) {
    await close();
    throw error;
  }
};

const serve = async (script: string): Promise<Server> => {
  const files = dirname(resolve('onnxruntime-web/webgpu'));
  const server = createServer(async (request, response) => {
    const url = request.url ?? '/';
    if (url.startsWith('/ort/')) {
      response.setHeader('content-type', url.endsWith('.wasm') ? 'application/wasm' : 'text/javascript');
      response.end(await readFile(join(files, basename(url))));
      return;
    }
    const isScript = url === '/page.js';
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html');
    response.end(
      isScript
        ? `${script}\nglobalThis.loaded = true;`
        : '<!doctype html><title>test</title><script type="module" src="/page.js"></script>',
    );
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return server;
};
