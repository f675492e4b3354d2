import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import pixelmatch from 'pixelmatch';
import { type Browser, chromium, type Page } from 'playwright-core';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { demo } from '../test/demo.js';
import { renderReport } from './render-report.js';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const missing = !existsSync(executablePath);
const references = fileURLToPath(new URL('../test/screenshots/', import.meta.url));
const update = process.env.UPDATE_SCREENSHOTS === '1';

/** Part of the pixels that may differ, and by how much each may, 0 to 1. */
const MAY_DIFFER = 0.01;
const THRESHOLD = 0.05;

const PARTS = {
  opening: '[data-part=opening]',
  measures: '#measures',
  frontier: '#frontier',
  critique: '#critique .figures',
  training: '#training .figures >> nth=0',
  samples: '#samples',
} as const;
const LOOKS = { 'wide-light': [1280, 'light'], 'phone-dark': [390, 'dark'] } as const;

const require = createRequire(import.meta.url);
const fontFace = (family: string, file: string, weight: number, fontStyle = 'normal') =>
  `@font-face { font-family: ${family}; font-weight: ${weight}; font-style: ${fontStyle}; src: url(data:font/woff2;base64,${readFileSync(
    require.resolve(`@fontsource/${file}.woff2`),
  ).toString('base64')}); }`;

/** The same letters on every machine: the page itself takes the system's. */
const fonts = () =>
  [
    fontFace('TestSerif', 'source-serif-4/files/source-serif-4-latin-400-normal', 400),
    fontFace('TestSerif', 'source-serif-4/files/source-serif-4-latin-400-italic', 400, 'italic'),
    fontFace('TestSerif', 'source-serif-4/files/source-serif-4-latin-700-normal', 700),
    fontFace('TestSans', 'noto-sans/files/noto-sans-latin-400-normal', 400),
    fontFace('TestSans', 'noto-sans/files/noto-sans-latin-700-normal', 700),
    ':root { --serif: TestSerif, serif; --sans: TestSans, sans-serif; }',
    '* { scrollbar-width: none; } summary::marker { content: ""; }',
  ].join('\n');

/** Each pixel as the mean of the 5 × 5 around it: how a machine smooths edges is averaged out, a lost line is not. */
const blurred = ({ data, width, height }: PNG, [w, h]: readonly [number, number]): Uint8Array => {
  const along = (from: Uint8Array, step: number, length: number, place: (x: number, y: number) => number) => {
    const to = new Uint8Array(from.length);
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        for (let c = 0; c < 4; c++) {
          let sum = 0;
          for (let k = -2; k <= 2; k++) {
            const near = Math.min(Math.max(place(x, y) + k, 0), length - 1);
            sum += from[4 * (y * width + x) + c + 4 * step * (near - place(x, y))] as number;
          }
          to[4 * (y * width + x) + c] = sum / 5;
        }
    return to;
  };
  const rows = along(data, 1, width, x => x);
  const all = along(rows, width, height, (_, y) => y);
  const cropped = new Uint8Array(4 * w * h);
  for (let y = 0; y < h; y++) cropped.set(all.subarray(4 * y * width, 4 * (y * width + w)), 4 * y * w);
  return cropped;
};

/** Difference of two pictures, 0 to 1; 1 where their sizes differ. */
const difference = (a: PNG, b: PNG): number => {
  if (Math.abs(a.width - b.width) > 1 || Math.abs(a.height - b.height) > 2) return 1;
  const size = [Math.min(a.width, b.width), Math.min(a.height, b.height)] as const;
  const options = { threshold: THRESHOLD, includeAA: true };
  return pixelmatch(blurred(a, size), blurred(b, size), undefined, ...size, options) / (size[0] * size[1]);
};

describe.skipIf(missing)(
  missing
    ? `screenshots (skipped: no Chromium at ${executablePath}; set CHROMIUM)`
    : 'the page looks as it did; UPDATE_SCREENSHOTS=1 takes new pictures:',
  () => {
    let browser: Browser;
    let folder: string;
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'charter-screenshots-'));
      writeFileSync(join(folder, 'report.html'), renderReport(demo));
      if (update) mkdirSync(references, { recursive: true });
      const args = [
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--no-first-run',
        '--font-render-hinting=none',
      ];
      browser = await chromium.launch({ executablePath, args });
    }, 60_000);
    afterAll(async () => {
      await browser.close();
      rmSync(folder, { recursive: true });
    });

    const visit = async (look: keyof typeof LOOKS): Promise<Page> => {
      const [width, colorScheme] = LOOKS[look];
      const context = await browser.newContext({
        viewport: { width, height: 900 },
        colorScheme,
        // Half the size: what is compared is where things are and what colour they have, not how letters are smoothed.
        deviceScaleFactor: 0.5,
        reducedMotion: 'reduce',
        // The page's policy would keep the fonts out.
        bypassCSP: true,
      });
      const page = await context.newPage();
      await page.goto(pathToFileURL(join(folder, 'report.html')).href);
      await page.addStyleTag({ content: fonts() });
      await page.evaluate('Promise.all([...document.fonts].map(font => font.load()))');
      return page;
    };

    for (const look of Object.keys(LOOKS) as (keyof typeof LOOKS)[])
      test(look, async () => {
        const page = await visit(look);
        const differing: string[] = [];
        for (const [part, selector] of Object.entries(PARTS)) {
          const file = join(references, `${part}-${look}.png`);
          const shot = await page.locator(selector).screenshot({ animations: 'disabled' });
          if (update) writeFileSync(file, shot);
          const apart = difference(PNG.sync.read(shot), PNG.sync.read(readFileSync(file)));
          if (apart <= MAY_DIFFER) continue;
          const seen = join(tmpdir(), `charter-${part}-${look}.png`);
          writeFileSync(seen, shot);
          differing.push(`${part}: ${(100 * apart).toFixed(1)} % differs; see ${seen}`);
        }
        expect(differing).toEqual([]);
        await page.context().close();
      });

    test('a colour, a lost plot or another size would be seen', async () => {
      const page = await visit('wide-light');
      const changes: [keyof typeof PARTS, string][] = [
        ['opening', '.card { background: #cfe0f0 !important; }'],
        ['opening', '.card .move { font-size: 3rem !important; }'],
        ['critique', '.plot [aria-hidden], .plot rect { visibility: hidden; }'],
        ['training', '.plot path { visibility: hidden; }'],
      ];
      for (const [part, change] of changes) {
        const reference = PNG.sync.read(readFileSync(join(references, `${part}-wide-light.png`)));
        const style = await page.addStyleTag({ content: change });
        const shot = PNG.sync.read(await page.locator(PARTS[part]).screenshot());
        expect(difference(shot, reference), change).toBeGreaterThan(MAY_DIFFER);
        await style.evaluate(element => element.remove());
      }
      await page.context().close();
    });
  },
);
