import * as Plot from '@observablehq/plot';
import { figure } from '../figure.js';
import { type Html, html } from '../html.js';
import { evidence, integer, numberFormat } from '../number-format.js';
import { plotSvg, seriesColour } from '../plot-svg.js';
import type { Frontier, Report } from '../report-data.js';

const axisOptions = ({ label, better, unit }: Frontier['x']) => ({
  label: `${label} (${better} is better)`,
  labelArrow: 'none' as const,
  ticks: 5,
  ...(unit === 'ratio'
    ? { domain: [0, 1], tickFormat: (value: number) => `${Math.round(value * 100)} %` }
    : {}),
});

export const frontierSection = ({ frontier }: Report): Html | undefined => {
  if (!frontier?.points.length) return undefined;
  const { x, y, points } = frontier;
  const formatX = numberFormat(
    x.unit,
    points.map(point => point.x),
  );
  const formatY = numberFormat(
    y.unit,
    points.map(point => point.y),
  );
  const rows = points.map(point => ({
    ...point,
    x: point.x.value,
    y: point.y.value,
    xLow: point.x.low,
    xHigh: point.x.high,
    yLow: point.y.low,
    yHigh: point.y.high,
  }));
  const chosen = rows.filter(row => row.chosen);
  const others = rows.filter(row => !row.chosen);
  const description = `${integer(points.length)} runs with different settings: ${y.label} against ${x.label}, with intervals.${
    chosen.length ? ' The diamond is this run.' : ''
  }`;
  return html`<section id="frontier" aria-labelledby="frontier-title">
<h2 id="frontier-title">Harmless against helpful</h2>
<div class="figures wide">${figure({
    title: `${y.label} against ${x.label}`,
    description,
    plot: plotSvg(description, {
      width: 360,
      height: 300,
      marginLeft: 52,
      marginBottom: 40,
      marginTop: 28,
      marginRight: 44,
      x: axisOptions(x),
      y: axisOptions(y),
      marks: [
        Plot.gridX({ strokeOpacity: 0.12, ticks: 5 }),
        Plot.gridY({ strokeOpacity: 0.12, ticks: 5 }),
        ...[others, chosen].flatMap((group, i) => [
          Plot.link(
            group.filter(row => row.xLow !== undefined),
            {
              x1: 'xLow',
              x2: 'xHigh',
              y: 'y',
              stroke: seriesColour(i * 2),
              strokeOpacity: 0.45,
              strokeWidth: 1.5,
            },
          ),
          Plot.link(
            group.filter(row => row.yLow !== undefined),
            {
              y1: 'yLow',
              y2: 'yHigh',
              x: 'x',
              stroke: seriesColour(i * 2),
              strokeOpacity: 0.45,
              strokeWidth: 1.5,
            },
          ),
          Plot.dot(group, {
            x: 'x',
            y: 'y',
            r: i ? 6 : 4,
            symbol: i ? 'diamond2' : 'circle',
            fill: seriesColour(i * 2),
            stroke: 'var(--paper)',
            title: row => row.label,
          }),
        ]),
        Plot.text(rows, {
          x: 'x',
          y: 'y',
          text: 'label',
          dy: -11,
          lineWidth: 14,
          textOverflow: 'ellipsis',
          fill: 'var(--ink)',
          stroke: 'var(--paper)',
          strokeWidth: 3,
        }),
      ],
    }),
    data: {
      columns: ['run', x.label, y.label],
      rows: points.map(point => [
        point.chosen ? `${point.label} (this run)` : point.label,
        `${formatX.value(point.x.value)} (${evidence(formatX, point.x)})`,
        `${formatY.value(point.y.value)} (${evidence(formatY, point.y)})`,
      ]),
    },
  })}</div></section>`;
};
