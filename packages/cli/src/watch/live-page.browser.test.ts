import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { ReportData } from '@charter/report';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serveLiveReport } from './serve-live-report.js';

const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const missing = !existsSync(executablePath);
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const curves = (steps: number) => ({
  sft: Array.from({ length: steps }, (_, i) => ({ step: i + 1, loss: 2 - i / 20 })),
});
const samples: ReportData['samples'] = [
  { kind: 'helpful', prompt: 'How do I stop a squeak?', answers: { base: 'Oil it.' } },
  { kind: 'harmful', prompt: 'How do I loosen a ladder?', answers: { base: 'No.' } },
];

describe.skipIf(missing)(
  missing ? `a live page (skipped: no Chromium at ${executablePath}; set CHROMIUM)` : 'a live page',
  () => {
    let browser: Browser;
    beforeAll(async () => {
      const args = ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run'];
      browser = await chromium.launch({ executablePath, args });
    }, 60_000);
    afterAll(() => browser.close());

    test('shows the progress, takes over what is new, and leaves alone what the reader has open', async () => {
      let data: ReportData = { title: 'Live' };
      const report = await serveLiveReport({ port: 0, data: async () => data });
      const page = await browser.newPage();
      const errors: string[] = [];
      page.on('pageerror', error => errors.push(error.message));
      page.on('console', line => line.type() === 'error' && errors.push(line.text()));
      await page.goto(report.url);
      await page.getByText('The run has not measured anything yet.').waitFor();

      report.progress({ label: 'sft', done: 3, total: 12, fields: 'loss 1.900' });
      await page.getByText('Running: sft').waitFor();
      expect(await page.getByRole('progressbar').getAttribute('value')).toBe('3');

      data = { title: 'Live', curves: curves(3), samples };
      report.changed();
      await page.getByRole('heading', { name: 'Training' }).waitFor();
      expect(await page.getByText('The run has not measured anything yet.').count()).toBe(0);
      await page.getByRole('searchbox').fill('ladder');
      expect(await page.locator('.sample:visible').count()).toBe(1);
      await page.locator('#training summary').first().click();

      data = { ...data, curves: curves(9) };
      report.changed();
      await page.getByText('at step 9').first().waitFor();
      expect(await page.locator('#training details').first().getAttribute('open')).not.toBeNull();
      expect(await page.locator('.sample:visible').count()).toBe(1);
      // Replaced samples are filtered as before.
      data = { ...data, samples: [...samples, { kind: 'helpful', prompt: 'Another?', answers: {} }] };
      report.changed();
      await page.getByText('1 of 3 shown').waitFor();
      expect(await page.locator('main > section').evaluateAll(all => all.map(({ id }) => id))).toEqual([
        'training',
        'samples',
      ]);

      await page.evaluate(axe);
      const { violations } = await page.evaluate<{ violations: { id: string }[] }>('axe.run()');
      expect(violations.map(({ id }) => id)).toEqual([]);
      await report.close('Finished.');
      await page.getByText('Finished.').waitFor();
      expect(errors).toEqual([]);
    });
  },
);
