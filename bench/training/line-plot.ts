/** Lines of points with a logarithmic scale on both axes, as an SVG that stands in a page of Markdown. */
export interface LinePlot {
  readonly title: string;
  readonly x: string;
  readonly lines: readonly {
    readonly label: string;
    readonly points: readonly { readonly x: number; readonly y: number }[];
  }[];
}

const [WIDTH, HEIGHT, LEFT, TOP, BOTTOM, RIGHT] = [420, 280, 52, 34, 44, 14];
const COLOURS = ['#2f6db3', '#c2571a', '#3b8f5a', '#8a4fa3', '#7a7a7a'];

/** One picture with several plots side by side. */
export const linePlots = (plots: readonly LinePlot[]): string => {
  const legendLines = Math.max(...plots.map(plot => plot.lines.length));
  const height = HEIGHT + 16 * legendLines;
  const body = plots
    .map((plot, i) => `<g transform="translate(${i * WIDTH} 0)">${draw(plot)}</g>`)
    .join('\n');
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH * plots.length} ${height}" role="img" ` +
    `aria-label="${plots.map(({ title }) => title).join('; ')}" font-family="sans-serif" font-size="11" fill="#333">\n` +
    `<rect width="100%" height="100%" fill="white"/>\n${body}\n</svg>\n`
  );
};

const draw = ({ title, x, lines }: LinePlot): string => {
  const points = lines.flatMap(line => line.points);
  const across = scale(
    points.map(point => point.x),
    LEFT,
    WIDTH - RIGHT,
  );
  const up = scale(
    points.map(point => point.y),
    HEIGHT - BOTTOM,
    TOP,
  );
  const ticks = [
    ...across.ticks.map(
      tick =>
        `<line x1="${across.at(tick)}" x2="${across.at(tick)}" y1="${TOP}" y2="${HEIGHT - BOTTOM}" stroke="#e4e4e4"/>` +
        `<text x="${across.at(tick)}" y="${HEIGHT - BOTTOM + 14}" text-anchor="middle">${tick}</text>`,
    ),
    ...up.ticks.map(
      tick =>
        `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${up.at(tick)}" y2="${up.at(tick)}" stroke="#e4e4e4"/>` +
        `<text x="${LEFT - 6}" y="${up.at(tick) + 4}" text-anchor="end">${tick}</text>`,
    ),
  ];
  const drawn = lines.map(({ label, points }, i) => {
    const colour = COLOURS[i % COLOURS.length]!;
    const at = points.map(point => `${across.at(point.x)},${up.at(point.y)}`);
    const dots = at.map(place => {
      const [cx, cy] = place.split(',');
      return `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`;
    });
    const y = HEIGHT + 4 + 16 * i;
    const key =
      `<line x1="${LEFT}" x2="${LEFT + 18}" y1="${y}" y2="${y}" stroke="${colour}" stroke-width="2"/>` +
      `<text x="${LEFT + 24}" y="${y + 4}">${label}</text>`;
    return `<polyline points="${at.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>${dots.join('')}${key}`;
  });
  return [
    `<text x="${LEFT}" y="18" font-size="13" font-weight="bold">${title}</text>`,
    ...ticks,
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - BOTTOM + 30}" text-anchor="middle">${x}</text>`,
    ...drawn,
  ].join('\n');
};

/** Powers of two as ticks. */
const scale = (values: readonly number[], from: number, to: number) => {
  const logs = values.map(Math.log2);
  const [low, high] = [
    Math.floor(Math.min(...logs)),
    Math.max(Math.ceil(Math.max(...logs)), Math.floor(Math.min(...logs)) + 1),
  ];
  return {
    ticks: Array.from({ length: high - low + 1 }, (_, i) => 2 ** (low + i)),
    at: (value: number) =>
      Math.round((from + ((Math.log2(value) - low) / (high - low)) * (to - from)) * 10) / 10,
  };
};
