import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { type Html, trusted } from './html.js';

/** Drawn at this width and shown at up to a third more, so that the text stays readable on a phone. */
export const FIGURE_WIDTH = 340;

/**
 * Draws a plot without a browser.
 *
 * @param label what a screen reader says instead of the picture
 */
export const plotSvg = (label: string, options: Plot.PlotOptions): Html => {
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const svg = Plot.plot({ width: FIGURE_WIDTH, className: 'plot', ...options, document });
  // The page's own style sheet has these rules once.
  for (const style of svg.querySelectorAll('style')) style.remove();
  // One picture with one label: its parts say nothing apart.
  for (const part of svg.querySelectorAll('[aria-label], [aria-description], [aria-hidden]'))
    for (const name of ['aria-label', 'aria-description', 'aria-hidden']) part.removeAttribute(name);
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', label);
  return trusted(svg.outerHTML);
};

/** As many colours as the style sheet has series. */
export const SERIES = 6;

/** Colour of the i-th series; the style sheet gives it a value for light and for dark. */
export const seriesColour = (i: number) => `var(--series-${i % SERIES})`;

const DASHES = ['none', '5,3', '1.5,2.5', '8,3,2,3'];
/** Colour is never the only difference between two series. */
export const seriesDash = (i: number) => DASHES[i % DASHES.length] as string;

const SYMBOLS = ['circle', 'diamond2', 'square2', 'triangle2', 'star', 'hexagon'] as const;
export const seriesSymbol = (i: number) => SYMBOLS[i % SYMBOLS.length] as (typeof SYMBOLS)[number];
