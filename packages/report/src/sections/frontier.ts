import * as Plot from '@observablehq/plot';
import { dataTable, figure } from '../figure.js';
import { type Html, html } from '../html.js';
import { evidence, integer, numberFormat } from '../number-format.js';
import { plotSvg, seriesColour } from '../plot-svg.js';
import type { Frontier, Report } from '../report-data.js';

/** More points than this are numbered: their names would cover each other. */
const MOST_NAMES = 5;

/** At least a fifth of a share's range, so that small differences look small. */
const zoomed = (values: readonly number[], unit: string | undefined): [number, number] => {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const middle = (low + high) / 2;
  const half = Math.max((high - low) * 0.58, unit === 'ratio' ? 0.1 : Math.abs(middle) * 0.05 || 1);
  const ends: [number, number] = [middle - half, middle + half];
  return unit === 'ratio' ? [Math.max(-0.03, ends[0]), Math.min(1.03, ends[1])] : ends;
};

const axisOptions = ({ label, better, unit }: Frontier['x'], domain: [number, number]) => ({
  label: `${label} (${better} is better)`,
  labelArrow: 'none' as const,
  ticks: 5,
  domain,
  ...(unit === 'ratio' ? { tickFormat: (value: number) => `${Math.round(value * 100)} %` } : {}),
});

interface Row {
  name: string;
  group: 'base' | 'chosen' | 'other';
  x: number;
  y: number;
  xLow: number | undefined;
  xHigh: number | undefined;
  yLow: number | undefined;
  yHigh: number | undefined;
}

const STYLES = {
  base: { colour: 0, symbol: 'square2', r: 5 },
  other: { colour: 1, symbol: 'circle', r: 4.5 },
  chosen: { colour: 2, symbol: 'diamond2', r: 7 },
} as const;

/** Points that no other one beats on both axes, from left to right. */
const edgeOf = (rows: readonly Row[], { x, y }: Pick<Frontier, 'x' | 'y'>): Row[] => {
  const gain = (a: number, b: number, better: string) => (better === 'higher' ? a - b : b - a);
  return rows
    .filter(
      row =>
        !rows.some(other => {
          const [dx, dy] = [gain(other.x, row.x, x.better), gain(other.y, row.y, y.better)];
          return dx >= 0 && dy >= 0 && dx + dy > 0;
        }),
    )
    .sort((a, b) => a.x - b.x || a.y - b.y);
};

const bars = (rows: readonly Row[], colour: string) => {
  const style = { stroke: colour, strokeOpacity: 0.4, strokeWidth: 1.5 };
  return [
    Plot.link(
      rows.filter(row => row.xLow !== undefined),
      { x1: 'xLow', x2: 'xHigh', y: 'y', ...style },
    ),
    Plot.link(
      rows.filter(row => row.yLow !== undefined),
      { y1: 'yLow', y2: 'yHigh', x: 'x', ...style },
    ),
  ];
};

const FRAME = { width: 460, height: 330, marginLeft: 52, marginBottom: 42, marginTop: 30, marginRight: 20 };
const LETTER = 6.2;

interface PlacedName {
  row: Row;
  anchor: 'start' | 'end';
  dx: number;
  dy: number;
}

/** Each name beside its point, at the first of four places where it covers neither another name nor the edge. */
const placedNames = (
  rows: readonly Row[],
  domains: Readonly<Record<'x' | 'y', readonly [number, number]>>,
): PlacedName[] => {
  const [width, height] = [
    FRAME.width - FRAME.marginLeft - FRAME.marginRight,
    FRAME.height - FRAME.marginTop - FRAME.marginBottom,
  ];
  const along = (axis: 'x' | 'y', value: number) =>
    (value - domains[axis][0]) / (domains[axis][1] - domains[axis][0]);
  const taken: { left: number; right: number; y: number }[] = [];
  return rows.map(row => {
    const [px, py] = [along('x', row.x) * width, (1 - along('y', row.y)) * height];
    const length = row.name.length * LETTER;
    const places = [-10, 12].flatMap(dy =>
      (['start', 'end'] as const).map(anchor => {
        const dx = anchor === 'start' ? 9 : -9;
        const left = anchor === 'start' ? px + dx : px + dx - length;
        return { anchor, dx, dy, box: { left, right: left + length, y: py + dy } };
      }),
    );
    const free = places.find(
      ({ box }) =>
        box.left > -FRAME.marginLeft / 2 &&
        box.right < width + FRAME.marginRight &&
        taken.every(
          other => other.right < box.left || other.left > box.right || Math.abs(other.y - box.y) > 12,
        ),
    );
    const { box, ...place } = (free ?? places[0]) as (typeof places)[number];
    taken.push(box);
    return { row, ...place };
  });
};

const frontierPlot = (frontier: Frontier, rows: readonly Row[], description: string): Html => {
  const { x, y } = frontier;
  const ends = (axis: 'x' | 'y') =>
    rows.flatMap(row => [row[axis], row[`${axis}Low`] ?? row[axis], row[`${axis}High`] ?? row[axis]]);
  const edge = edgeOf(
    rows.filter(row => row.group !== 'base'),
    frontier,
  );
  const domains = { x: zoomed(ends('x'), x.unit), y: zoomed(ends('y'), y.unit) };
  return plotSvg(description, {
    ...FRAME,
    x: { ...axisOptions(x, domains.x), labelAnchor: 'right' },
    y: axisOptions(y, domains.y),
    marks: [
      Plot.gridX({ strokeOpacity: 0.12, ticks: 5 }),
      Plot.gridY({ strokeOpacity: 0.12, ticks: 5 }),
      edge.length > 1
        ? Plot.line(edge, {
            x: 'x',
            y: 'y',
            stroke: seriesColour(1),
            strokeOpacity: 0.5,
            strokeDasharray: '4,3',
          })
        : null,
      ...(['other', 'base', 'chosen'] as const).flatMap(group => {
        const { colour, symbol, r } = STYLES[group];
        const some = rows.filter(row => row.group === group);
        return [
          ...bars(some, seriesColour(colour)),
          Plot.dot(some, { x: 'x', y: 'y', r, symbol, fill: seriesColour(colour), stroke: 'var(--paper)' }),
        ];
      }),
      ...placedNames(rows, domains).map(({ row, anchor, dx, dy }) =>
        Plot.text([row], {
          x: 'x',
          y: 'y',
          text: 'name',
          textAnchor: anchor,
          dx,
          dy,
          fontWeight: row.group === 'other' ? 400 : 700,
          fill: 'var(--ink)',
          stroke: 'var(--paper)',
          strokeWidth: 3,
        }),
      ),
    ],
  });
};

const pointName = ({ label, chosen, base }: Frontier['points'][number], chosenIs: string) =>
  `${label}${chosen ? ` (${chosenIs})` : base && label.toLowerCase() !== 'base' ? ' (base)' : ''}`;

export const frontierSection = ({ frontier }: Report): Html | undefined => {
  if (!frontier?.points.length) return undefined;
  const { x, y, points, chosenIs, note } = frontier;
  const formatX = numberFormat(
    x.unit,
    points.map(point => point.x),
  );
  const formatY = numberFormat(
    y.unit,
    points.map(point => point.y),
  );
  const numbered = points.length > MOST_NAMES;
  const names = points.map((point, i) => (numbered && !point.base ? `${i + 1}` : point.label));
  const rows = points.map(
    (point, i): Row => ({
      name: names[i] as string,
      group: point.base ? 'base' : point.chosen ? 'chosen' : 'other',
      x: point.x.value,
      y: point.y.value,
      xLow: point.x.low,
      xHigh: point.x.high,
      yLow: point.y.low,
      yHigh: point.y.high,
    }),
  );
  const settings = points.filter(point => !point.base).length;
  const has = (group: Row['group']) => rows.some(row => row.group === group);
  const description = [
    `${integer(settings)} setting${settings === 1 ? '' : 's'}: ${y.label} against ${x.label}, with intervals.`,
    has('chosen') ? `The diamond is ${chosenIs === 'this run' ? '' : 'the '}${chosenIs}.` : '',
    has('base') ? 'The square is the model before training.' : '',
    settings > 1 ? 'The dashed line joins those that no other beats on both.' : '',
  ]
    .filter(Boolean)
    .join(' ');
  const seeds = points.some(point => point.seeds !== undefined);
  const data = {
    columns: [...(numbered ? ['number'] : []), 'setting', y.label, x.label, ...(seeds ? ['seeds'] : [])],
    rows: points.map((point, i) => [
      ...(numbered ? [names[i] as string] : []),
      point.chosen ? html`<strong>${pointName(point, chosenIs)}</strong>` : pointName(point, chosenIs),
      `${formatY.value(point.y.value)} (${evidence(formatY, point.y)})`,
      `${formatX.value(point.x.value)} (${evidence(formatX, point.x)})`,
      ...(seeds ? [point.seeds === undefined ? '' : integer(point.seeds)] : []),
    ]),
  };
  return html`<section id="frontier" aria-labelledby="frontier-title">
<h2 id="frontier-title">Harmless against helpful</h2>
${note ? html`<p>${note}</p>` : ''}
<div class="figures wide">${figure({
    title: `${y.label} against ${x.label.replace(/^[A-Z](?=[a-z])/, c => c.toLowerCase())}`,
    description,
    plot: frontierPlot(frontier, rows, description),
    data,
  })}</div>
${numbered ? html`<h3>Every setting</h3>${dataTable('Every setting', data)}` : ''}</section>`;
};
