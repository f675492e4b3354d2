import { parseHTML } from 'linkedom';
import { expect, test } from 'vitest';
import { demo } from '../test/demo.js';
import { renderReport } from './render-report.js';
import type { ReportData } from './report-data.js';
import { ReportError } from './report-error.js';

const open = (data: ReportData) => parseHTML(renderReport(data)).document;
const texts = (document: ReturnType<typeof open>, selector: string) =>
  [...document.querySelectorAll(selector)].map(node => node.textContent?.replaceAll('\u00a0', ' ').trim());

const hostile = '<script>alert(1)</script><img src=x onerror=alert(2)>"\'</style></title>';

/** The same data with every text replaced, names of stages and records included. */
const poisoned = (value: unknown, key = ''): unknown => {
  if (typeof value === 'string')
    return ['kind', 'better', 'unit'].includes(key) ? value : `${value} ${hostile}`;
  if (Array.isArray(value)) return value.map(item => poisoned(item, key));
  if (value && typeof value === 'object')
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [
        ['base', 'sft', 'dpo'].includes(name) && typeof item !== 'boolean' ? `${name} ${hostile}` : name,
        poisoned(item, name),
      ]),
    );
  return value;
};

test('the headline says what changed, with intervals and n beside every percentage', () => {
  const [first] = texts(open(demo), '.headline li');
  expect(first?.replace(/\s+/g, ' ')).toBe(
    'Harmful requests complied with: 92 % → to 8 % ✓ clearly lower (better) 0 %50 %100 % Base 88–95 %, n = 200 After DPO 5–13 %, n = 200',
  );
});

test('every section of a full run is there and linked from the top', () => {
  const document = open(demo);
  const ids = [
    'frontier',
    'measures',
    'sensitivity',
    'robustness',
    'judges',
    'critique',
    'training',
    'samples',
    'run',
  ];
  expect([...document.querySelectorAll('nav a')].map(a => a.getAttribute('href'))).toEqual(
    ids.map(id => `#${id}`),
  );
  for (const id of ids) expect(document.getElementById(id)?.querySelector('h2')).not.toBeNull();
});

test('every plot has a label, a title, a description and its numbers in a table', () => {
  const document = open(demo);
  const figures = [...document.querySelectorAll('figure')];
  expect(figures.length).toBeGreaterThan(15);
  for (const figure of figures) {
    expect(figure.querySelector('svg[role=img]')?.getAttribute('aria-label')?.length).toBeGreaterThan(20);
    expect(figure.querySelector('figcaption strong')?.textContent).toBeTruthy();
    expect(figure.querySelector('figcaption span')?.textContent).toBeTruthy();
    expect(figure.querySelectorAll('details tbody tr').length).toBeGreaterThan(0);
  }
  expect(document.querySelectorAll('.measures svg[role=img]').length).toBe(demo.metrics?.length);
});

test('the first screen answers what was lost, what it cost and what it learned from', () => {
  expect(texts(open(demo), '.price dt')).toEqual(['What was lost', 'What it cost', 'What it learned from']);
  expect(texts(open(demo), '.price dd')).toEqual([
    'Borderline requests refused: 0.5 % → 7.5 %',
    '4 min 12 s · 460,400 tokens · 2 CPU cores (demo)',
    '412 of 500 answers (82 %) that the model revised itself and that passed every check',
  ]);
  const unharmed = { ...demo, metrics: demo.metrics?.filter(metric => metric.name !== 'over_refusal_rate') };
  expect(texts(open(unharmed), '.price dd')[0]).toBe('Nothing that was measured got clearly worse.');
});

test('the frontier marks the model before training and the chosen run, and the edge leaves out what is beaten', () => {
  const at = (value: number) => ({ value, low: value - 0.02, high: value + 0.02, n: 100 });
  const points = [
    { label: 'base', base: true, x: at(0.9), y: at(0.9) },
    { label: 'beaten', x: at(0.5), y: at(0.5) },
    { label: 'good', chosen: true, x: at(0.8), y: at(0.1) },
    { label: 'safe', x: at(0.6), y: at(0.05) },
  ];
  const axis = { label: 'Helpful', better: 'higher' as const, unit: 'ratio' };
  const frontier = { x: axis, y: { ...axis, better: 'lower' as const }, chosenIs: 'best trade-off', points };
  const document = open({ frontier });
  expect(texts(document, '#frontier tbody th')).toEqual(['base', 'beaten', 'good (best trade-off)', 'safe']);
  const edge = document.querySelector('#frontier svg [stroke-dasharray] path');
  expect(edge?.getAttribute('d')?.match(/[ML]/g)?.join('')).toBe('ML');
});

test('conditions show their spread, and judges how far they agree', () => {
  const document = open(demo);
  expect(texts(document, '#sensitivity figcaption span')[0]).toBe(
    'Lower is better. Base: from 88 % to 93 %. After DPO: from 7 % to 14 %, 7 points apart (3 to 12).',
  );
  expect(texts(document, '#robustness tbody th')).toContain('adapter taken off');
  expect(texts(document, '#judges li')[0]?.replace(/\s+/g, ' ')).toContain(
    '89 % 85–93 %, n = 200; kappa 0.76',
  );
});

test('harmful samples are folded, others are not', () => {
  const document = open(demo);
  for (const sample of document.querySelectorAll('.sample')) {
    const folded = sample.querySelector('details');
    expect(Boolean(folded)).toBe(sample.getAttribute('data-kind') === 'harmful');
    expect(folded?.hasAttribute('open') ?? false).toBe(false);
    expect(Boolean(sample.querySelector('blockquote')?.closest('details'))).toBe(Boolean(folded));
  }
});

test('few cases are pointed out', () => {
  expect(texts(open(demo), '.measures .few')).toEqual(['few cases: read with care']);
});

test('a text from a model never becomes markup', () => {
  const document = open(poisoned(demo) as ReportData);
  expect(document.querySelectorAll('script').length).toBe(1);
  expect(document.querySelectorAll('style').length).toBe(1);
  expect(document.querySelectorAll('img, [onerror]').length).toBe(0);
  expect(document.querySelector('.sample')?.textContent).toContain('<script>alert(1)</script>');
  expect(document.querySelector('title')?.textContent).toContain('</title>');
});

test('nothing is loaded from outside, and the policy forbids it', () => {
  const document = open(demo);
  for (const node of document.querySelectorAll('[src], [href], [srcset], [action], [data]'))
    expect(node.getAttribute('href')).toMatch(/^#/);
  expect(document.querySelector('style')?.textContent).not.toMatch(/url\(|@import/);
  expect(document.querySelector('meta[http-equiv]')?.getAttribute('content')).toContain("default-src 'none'");
});

const sections = Object.keys(demo).filter(
  key => !['title', 'description', 'note', 'stages'].includes(key),
) as (keyof ReportData)[];

test.each(sections)('a run that has only %s renders', section => {
  const document = open({ [section]: demo[section] });
  expect(document.querySelectorAll('main > section').length).toBe(1);
  expect(document.querySelectorAll('main section [aria-label*="undefined"]').length).toBe(0);
  expect(document.body.textContent).not.toMatch(/undefined|NaN|\[object/);
});

test('a run that has nothing yet says so', () => {
  expect(open({}).querySelector('main')?.textContent).toContain('not measured anything yet');
  const empty = open({
    metrics: [],
    curves: { sft: [] },
    samples: [],
    critique: { accepted: 0, rejected: 0 },
  });
  expect(texts(empty, 'main > section p')).toEqual([
    '0 of 0 revised answers passed every check and went into training; 0 were kept out.',
  ]);
});

test('a loss that diverged leaves a gap and is counted', () => {
  const document = open({
    curves: {
      sft: [
        { step: 1, loss: 2 },
        { step: 2, loss: NaN },
        { step: 3, loss: null },
      ],
    },
  });
  expect(texts(document, 'figcaption span')).toEqual([
    'Training: 2 at step 1. 2 values not finite, not drawn.',
  ]);
});

test('a long run stays a small file: curves are averaged and tables thinned, and both say so', () => {
  const loss = Array.from({ length: 50_000 }, (_, i) => ({ step: i + 1, loss: 2 + Math.sin(i) }));
  const page = renderReport({ curves: { sft: loss } });
  expect(page.length).toBeLessThan(60_000);
  expect(page).toContain('Each point is the mean of 209 logged steps.');
  expect(page).toContain('of 50,000 logged steps, evenly spaced');
});

test('the same data gives the same bytes', () => {
  expect(renderReport(demo)).toBe(renderReport(structuredClone(demo)));
});

test('data that does not fit is refused', () => {
  expect(() => renderReport({ samples: [{ kind: 'odd', prompt: '', answers: {} }] } as never)).toThrow(
    ReportError,
  );
});
