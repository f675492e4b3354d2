import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { charter, tinyConstitution, tinyRecipe } from '../recipe/tiny-recipe.fixture.js';

const ADDRESS = /Watch it at (http:\/\/127\.0\.0\.1:\d+\/)/;

describe('charter run --watch', () => {
  let folder: string;
  let file: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'charter-watch-'));
    file = join(folder, 'tiny.yaml');
    await writeFile(join(folder, 'constitution.yaml'), tinyConstitution);
    await writeFile(file, tinyRecipe(folder));
  });

  it('serves the report while the run goes on, names the address once, and ends with the run', async () => {
    let stream: Promise<string> | undefined;
    const out = join(folder, 'out');
    const { status, stdout, stderr } = await charter(
      ['run', file, '--out', out, '--watch', '--port', '0'],
      text => {
        const url = ADDRESS.exec(text)?.[1];
        if (url) stream ??= fetch(`${url}events`).then(response => response.text());
        return false;
      },
    );
    expect(status).toBe(0);
    expect(stdout.trim()).toBe(join(out, 'report.html'));
    expect(stderr.match(/Watch it at/g)).toHaveLength(1);
    const events = (await stream!)
      .split('\n\n')
      .filter(Boolean)
      .map(event => {
        const [type, data] = event.split('\n') as [string, string];
        return { type: type.slice(7), data: JSON.parse(data.slice(6)) };
      });
    const labels = events.filter(({ type }) => type === 'progress').map(({ data }) => data.label);
    expect(labels).toEqual(expect.arrayContaining(['critique', 'sft', 'dpo']));
    const pages = events.filter(({ type }) => type === 'report').map(({ data }) => String(data));
    expect(pages.length).toBeGreaterThan(1);
    expect(pages.at(-1)).toContain('id="training"');
    expect(events.at(-1)?.type).toBe('end');
    // What was watched last is what lies in the folder, but for when it was made.
    const table = (page: string) => /<table class="measures"[\s\S]*?<\/table>/.exec(page)?.[0];
    expect(table(pages.at(-1)!)).toBe(table(await readFile(join(out, 'report.html'), 'utf8')));
  });

  it('ends at Ctrl-C though a page is open', async () => {
    let stream: Promise<string> | undefined;
    const { status, stderr } = await charter(
      ['run', file, '--out', join(folder, 'stopped'), '--watch', '--port', '0'],
      text => {
        const url = ADDRESS.exec(text)?.[1];
        if (url) stream ??= fetch(`${url}events`).then(response => response.text());
        return /^critique/m.test(text);
      },
    );
    expect(status).toBe(130);
    expect(stderr).toContain('The same command resumes.');
    expect(await stream).toContain('event: end\ndata: "Stopped.');
  });

  it('has no port without a page', async () => {
    const { status, stderr } = await charter(['run', file, '--port', '8000']);
    expect(status).toBe(2);
    expect(stderr).toContain('give --watch as well');
  });
});
