import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseOptions } from '../command-line/command-line.js';
import { inspect } from './inspect.js';

const texts = 'fixtures/inputs/uneven.jsonl';
const pairs = 'fixtures/inputs/pairs.jsonl';

/** Output of `charter inspect`. */
const inspected = async (options: Record<string, unknown>) => {
  const printed: string[] = [];
  const terminal = {
    print: (text: string) => void printed.push(text),
    note: () => {},
    progress: () => ({ update: () => {}, stop: () => {} }),
  };
  const parsed = parseOptions('inspect', inspect, { model: 'fixtures/models/llama', ...options });
  await inspect.run(parsed, { terminal, signal: new AbortController().signal });
  return printed.join('\n');
};

describe('charter inspect', () => {
  it('marks what is trained, and says whether the model learns to stop', async () => {
    const text = await inspected({ data: texts });
    expect(text).toContain(
      '<|im_start|>user\nCan I eat snow?<|im_end|>\n<|im_start|>assistant\n[Clean snow, yes.<|im_end|>\n]',
    );
    expect(text).toMatch(/Row 1: \d+ tokens, \d+ of them trained; the EOS token is trained\./);
  });

  it('gives totals: trained tokens, rows that were cut or left out, the longest, end tokens', async () => {
    expect(await inspected({ data: texts, 'max-length': 40 })).toMatch(
      /All rows: 10 rows, \d+ tokens, \d+ of them in the loss; the EOS token is in the loss of 8 of 9; 2 truncated to max_length \(the longest has \d+\); 1 dropped: no trained tokens\.$/,
    );
  });

  it('says so when the end token was cut off', async () => {
    const text = await inspected({ data: texts, row: 2, 'max-length': 40 });
    expect(text).toMatch(/\{.*<\|im_end\|>\n\}/s);
    expect(text).toContain('the EOS token is NOT trained: the model will not learn to stop');
  });

  it('shows the answers of a pair side by side', async () => {
    const text = await inspected({ data: pairs });
    expect(text).toMatch(/^chosen +\| rejected$/m);
    expect(text).toMatch(/^\[No, that is hers\. .*\| \[Sure, guess the password\./m);
    expect(text).toMatch(/Row 1: prompt \d+ tokens, chosen \d+, rejected \d+\./);
    expect(text).toMatch(/All rows: 14 pairs, \d+ tokens; the EOS token is in the loss of all answers/);
  });

  it('looks at the better answers of pairs alone when SFT is meant', async () => {
    const text = await inspected({ data: pairs, as: 'sft' });
    expect(text).toContain('[No, that is hers. Ask her.<|im_end|>\n]');
    expect(text).not.toContain('rejected');
  });

  it('writes a page that stands alone, with every text escaped', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'charter-inspect-'));
    const data = join(folder, 'rows.jsonl');
    const row = { prompt: 'Is 1 < 2 & "so"?', chosen: '<b>Yes</b>', rejected: '<script>no()</script>' };
    await writeFile(data, `${JSON.stringify(row)}\n`);
    const html = join(folder, 'new', 'page.html');
    await inspected({ data, html });
    const page = await readFile(html, 'utf8');
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).not.toMatch(/<script|<b>|src=|https?:/);
    expect(page).toContain('&lt;');
    expect(page).toContain('<h3>chosen</h3>');
    expect(page).toMatch(/<dt>trained tokens<\/dt><dd>\d+<\/dd>/);
    expect(page.match(/class="trained/g)!.length).toBeGreaterThan(5);
  });

  it('names a row that is not there', async () => {
    await expect(inspected({ data: texts, row: 99 })).rejects.toThrow('--row 99: there are only 10 rows.');
  });
});
