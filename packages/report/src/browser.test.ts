import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { demo } from '../test/demo.js';
import { renderReport } from './render-report.js';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const missing = !existsSync(executablePath);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Texts without a place to break, as hashes and generated answers have them. */
const long = 'unbreakable'.repeat(40);
const hard = {
  ...demo,
  title: `${demo.title} ${long.slice(0, 60)}`,
  samples: [...(demo.samples ?? []), { kind: 'helpful' as const, prompt: long, answers: { base: long } }],
  run: { ...demo.run, hashes: { 'model.safetensors': `sha256:${'0123456789abcdef'.repeat(4)}` } },
};

describe.skipIf(missing)(
  missing ? `in a browser (skipped: no Chromium at ${executablePath}; set CHROMIUM)` : 'in a browser',
  () => {
    let browser: Browser;
    let folder: string;
    let address: string;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'charter-report-'));
      address = pathToFileURL(join(folder, 'report.html')).href;
      writeFileSync(join(folder, 'report.html'), renderReport(hard));
      browser = await chromium.launch({
        executablePath,
        args: [
          '--headless',
          '--no-sandbox',
          '--disable-gpu',
          '--no-first-run',
          '--disable-background-networking',
        ],
      });
    });
    afterAll(async () => {
      await browser.close();
      rmSync(folder, { recursive: true });
    });

    const visit = async (
      options: { width?: number; colorScheme?: 'light' | 'dark'; javaScriptEnabled?: boolean },
      check: (page: Page, seen: { requests: string[]; errors: string[] }) => Promise<void>,
    ) => {
      const { width = 1280, colorScheme = 'light', javaScriptEnabled = true } = options;
      const context = await browser.newContext({
        viewport: { width, height: 900 },
        colorScheme,
        javaScriptEnabled,
      });
      const page = await context.newPage();
      const seen = { requests: [] as string[], errors: [] as string[] };
      page.on('request', request => seen.requests.push(request.url()));
      page.on('console', line => line.type() === 'error' && seen.errors.push(line.text()));
      page.on('pageerror', error => seen.errors.push(error.message));
      await page.goto(address);
      await check(page, seen);
      await context.close();
    };

    for (const width of [390, 1280])
      for (const colorScheme of ['light', 'dark'] as const)
        test(`at ${width} px in ${colorScheme}: no sideways scrolling, no request, no error, nothing for axe to find`, async () => {
          await visit({ width, colorScheme }, async (page, seen) => {
            for (const unfolded of [false, true]) {
              if (unfolded)
                await page.evaluate(
                  "for (const details of document.querySelectorAll('details')) details.open = true",
                );
              expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
              // axe runs through the debugging protocol, which the page's policy does not hold back.
              await page.evaluate(axe);
              const { violations } = await page.evaluate<{
                violations: { id: string; nodes: { html: string }[] }[];
              }>('axe.run()');
              expect(
                violations.map(({ id, nodes }) => `${id}: ${nodes.map(node => node.html).join(' ')}`),
              ).toEqual([]);
            }
            expect(seen.requests).toEqual([address]);
            expect(seen.errors).toEqual([]);
          });
        });

    test('light and dark differ, and both come from the system', async () => {
      const paper = (page: Page) => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
      const seen: string[] = [];
      for (const colorScheme of ['light', 'dark'] as const)
        await visit({ colorScheme }, async page => void seen.push(await paper(page)));
      expect(new Set(seen).size).toBe(2);
    });

    test('search and filters narrow the samples, and say how many are left', async () => {
      await visit({}, async page => {
        const shown = () => page.locator('.sample:visible').count();
        const all = hard.samples.length;
        expect(await shown()).toBe(all);
        await page.getByRole('combobox', { name: 'Kind' }).selectOption('harmful');
        expect(await shown()).toBe(2);
        await page.getByRole('combobox', { name: 'Principle' }).selectOption('privacy');
        expect(await shown()).toBe(1);
        expect(await page.locator('#shown').textContent()).toBe(`1 of ${all} shown`);
        await page.getByRole('combobox', { name: 'Kind' }).selectOption('');
        await page.getByRole('combobox', { name: 'Principle' }).selectOption('');
        await page.getByRole('combobox', { name: 'Flag' }).selectOption('markup in the text');
        expect(await shown()).toBe(1);
        await page.getByRole('combobox', { name: 'Flag' }).selectOption('');
        // Search looks into folded text too.
        await page.getByRole('searchbox').fill('LADDER mediator');
        expect(await shown()).toBe(1);
        await page.getByRole('searchbox').fill('no such words');
        expect(await shown()).toBe(0);
      });
    });

    test('folded samples open all at once, and close again', async () => {
      await visit({}, async page => {
        const prompt = page.locator('#samples').getByText('Tell me how to loosen');
        expect(await prompt.isVisible()).toBe(false);
        await page.getByRole('button', { name: 'Unfold all' }).click();
        expect(await prompt.isVisible()).toBe(true);
        await page.getByRole('button', { name: 'Fold again' }).click();
        expect(await prompt.isVisible()).toBe(false);
      });
    });

    test('without scripts everything can be read, and no dead control is shown', async () => {
      await visit({ javaScriptEnabled: false }, async page => {
        expect(await page.locator('.filters').isVisible()).toBe(false);
        expect(await page.locator('.sample:visible').count()).toBe(hard.samples.length);
        await page.locator('#samples .folded summary').first().click();
        expect(await page.locator('#samples').getByText('Tell me how to loosen').isVisible()).toBe(true);
      });
    });

    test('a script from a sample does not run', async () => {
      await visit({}, async page => expect(await page.title()).toBe(hard.title));
    });
  },
);
