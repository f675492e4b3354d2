import * as Plot from '@observablehq/plot';
import type { Html } from './html.js';
import { evidence, type NumberFormat, number } from './number-format.js';
import { plotSvg, seriesColour, seriesSymbol } from './plot-svg.js';
import type { Estimate } from './report-data.js';

export interface IntervalRow {
  label: string;
  /** Which series' colour and symbol it has. */
  series: number;
  estimate: Estimate;
}

export interface IntervalPlotOptions {
  /** Measured quantity, for readers who do not see the plot. */
  label: string;
  unit?: string | undefined;
  format: NumberFormat;
  rows: readonly IntervalRow[];
  /** Names beside the rows; without them the colour and the symbol tell the rows apart. */
  names?: boolean;
  width?: number;
  marginLeft?: number;
  /** Description of each row, where its label does not say it all. */
  described?: readonly string[];
}

/** Shares are read against 0 and 100 %, lengths and perplexities against zero. */
const domain = (unit: string | undefined, rows: readonly IntervalRow[]): [number, number] => {
  if (unit === 'ratio') return [0, 1];
  const ends = rows.flatMap(({ estimate: { value, low, high } }) => [value, low ?? value, high ?? value]);
  return [Math.min(0, ...ends), Math.max(...ends, 0) * 1.05 || 1];
};

/** Values as dots on one axis, each on its interval. */
export const intervalPlot = ({
  label,
  unit,
  format,
  rows,
  names = true,
  width = 300,
  marginLeft = names ? 74 : 8,
  described = rows.map(row => row.label),
}: IntervalPlotOptions): Html => {
  const step = names ? 22 : 15;
  const marks = rows.map(({ label: name, series, estimate }, i) => ({
    ...estimate,
    name,
    series,
    row: `${i}`,
  }));
  const told = `${label}: ${rows.map((row, i) => `${described[i]} ${format.value(row.estimate.value)} (${evidence(format, row.estimate)})`).join('; ')}`;
  return plotSvg(told, {
    width,
    height: 26 + step * rows.length,
    marginLeft,
    marginRight: 22,
    marginTop: 4,
    marginBottom: 22,
    x: {
      domain: domain(unit, rows),
      label: null,
      ...(unit === 'ratio'
        ? { ticks: [0, 0.5, 1], tickFormat: (value: number) => `${value * 100} %` }
        : {
            ticks: 3,
            tickFormat: (value: number) => number(Math.round(value * 1e6) / 1e6),
          }),
    },
    y: {
      domain: marks.map(mark => mark.row),
      label: null,
      ...(names
        ? { tickSize: 0, tickFormat: (row: string) => shortened(rows[Number(row)]?.label ?? '', marginLeft) }
        : { axis: null }),
    },
    marks: [
      Plot.gridX({ ticks: unit === 'ratio' ? [0, 0.5, 1] : 3, strokeOpacity: 0.15 }),
      ...marks.map(mark => [
        Plot.link(mark.low === undefined ? [] : [mark], {
          x1: 'low',
          x2: 'high',
          y: 'row',
          stroke: seriesColour(mark.series),
          strokeWidth: 4,
          strokeOpacity: 0.45,
          strokeLinecap: 'round',
        }),
        Plot.dot([mark], {
          x: 'value',
          y: 'row',
          r: 4.5,
          symbol: seriesSymbol(mark.series),
          fill: seriesColour(mark.series),
          stroke: 'var(--paper)',
          strokeWidth: 1,
        }),
      ]),
    ],
  });
};

/** As much of a name as fits the margin, at about 6 pixels a letter. */
const shortened = (name: string, margin: number) => {
  const room = Math.floor(margin / 5.6);
  return name.length > room ? `${name.slice(0, room - 1)}…` : name;
};
