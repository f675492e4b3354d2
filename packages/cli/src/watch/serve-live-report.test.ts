import { request } from 'node:http';
import type { ReportData } from '@charter/report';
import { afterEach, describe, expect, it } from 'vitest';
import { type LiveReport, serveLiveReport } from './serve-live-report.js';

const open: LiveReport[] = [];
const start = async (data: () => Promise<ReportData>, port = 0) => {
  const report = await serveLiveReport({ port, data });
  open.push(report);
  return report;
};
afterEach(async () => {
  await Promise.all(open.splice(0).map(report => report.close('over')));
});

/** The events of a stream as they come, until it ends. */
const listenTo = async (url: string) => {
  const response = await fetch(new URL('events', url));
  const events: { type: string; data: unknown }[] = [];
  const ended = (async () => {
    let text = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const [type, data] = text.slice(0, end).split('\n') as [string, string];
        events.push({ type: type.slice(7), data: JSON.parse(data.slice(6)) });
        text = text.slice(end + 2);
      }
    }
  })();
  return { events, ended };
};
const until = async (met: () => boolean) => {
  for (const begin = performance.now(); !met(); await new Promise(resolve => setTimeout(resolve, 10)))
    if (performance.now() - begin > 8000) throw new Error('it did not happen within 8 s');
};

describe('a live report', () => {
  it('serves the page and its data as they are now', async () => {
    let title = 'first';
    const { url, changed } = await start(async () => ({ title }));
    expect(await (await fetch(url)).text()).toContain('<h1>first</h1>');
    title = 'second';
    changed();
    expect(await (await fetch(`${url}report.json`)).json()).toEqual({ title: 'second' });
    expect((await fetch(`${url}stage.json`)).status).toBe(404);
    expect((await fetch(url, { method: 'POST' })).status).toBe(405);
  });

  it('sends what changed to those who watch, and ends their stream with a last page and a last word', async () => {
    let title = 'first';
    const report = await start(async () => ({ title }));
    const { events, ended } = await listenTo(report.url);
    report.progress({ label: 'sft', done: 1, total: 9, fields: 'loss 2.0' });
    title = 'second';
    report.changed();
    await until(() => events.some(({ type }) => type === 'report'));
    title = 'third';
    await report.close('Finished.');
    await ended;
    expect(events[0]).toEqual({
      type: 'progress',
      data: { label: 'sft', done: 1, total: 9, fields: 'loss 2.0' },
    });
    const pages = events.filter(({ type }) => type === 'report').map(({ data }) => String(data));
    expect(pages.map(page => /<h1>(.*)<\/h1>/.exec(page)?.[1])).toEqual(['second', 'third']);
    expect(events.at(-1)).toEqual({ type: 'end', data: 'Finished.' });
    await expect(fetch(report.url)).rejects.toThrow();
    open.length = 0;
  });

  it('takes another free port where the wanted one is in use', async () => {
    const first = await start(async () => ({}));
    const second = await start(async () => ({}), Number(new URL(first.url).port));
    expect(second.url).not.toBe(first.url);
    expect((await fetch(second.url)).status).toBe(200);
  });

  it('refuses a page of another site whose name points here', async () => {
    const { url } = await start(async () => ({}));
    const status = await new Promise<number | undefined>(resolve => {
      request(url, { headers: { host: 'evil.example' } }, response => {
        response.resume();
        resolve(response.statusCode);
      }).end();
    });
    expect(status).toBe(403);
  });

  it('goes on after data that could not be read', async () => {
    let fails = true;
    const { url } = await start(async () => {
      if (fails) throw new Error('half a line');
      return { title: 'whole' };
    });
    const broken = await fetch(url);
    expect(broken.status).toBe(500);
    expect(await broken.text()).toContain('half a line');
    fails = false;
    expect(await (await fetch(url)).text()).toContain('<h1>whole</h1>');
  });
});
