/** Size and margins of the chart in units of the `viewBox`. */
const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [640, 220, 44, 12, 12, 30];

const element = (name: string, attributes: Record<string, string | number>, text = ''): SVGElement => {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, `${value}`);
  made.textContent = text;
  return made;
};

/**
 * Draws the loss curve of a run.
 *
 * @param losses losses of the steps so far, in nats
 * @param steps number of steps of the run, the width of the chart
 */
export const drawLossCurve = (svg: SVGElement, losses: readonly number[], steps: number): void => {
  const top = Math.ceil(Math.max(...losses) * 2) / 2;
  const x = (step: number) => LEFT + ((step - 1) / Math.max(1, steps - 1)) * (WIDTH - LEFT - RIGHT);
  const y = (loss: number) => TOP + (1 - loss / top) * (HEIGHT - TOP - BOTTOM);
  const ticks = Array.from({ length: 6 }, (_, i) => (top * i) / 5).flatMap(loss => [
    element('line', { class: 'grid', x1: LEFT, x2: WIDTH - RIGHT, y1: y(loss), y2: y(loss) }),
    element('text', { x: LEFT - 8, y: y(loss) + 4, 'text-anchor': 'end' }, loss.toFixed(1)),
  ]);
  const ends = [1, Math.ceil(steps / 2), steps].map(step =>
    element('text', { x: x(step), y: HEIGHT - 8, 'text-anchor': 'middle' }, `${step}`),
  );
  const points = losses.map((loss, i) => `${x(i + 1)},${y(loss)}`);
  const [last = '0,0'] = points.slice(-1);
  const [cx, cy] = last.split(',') as [string, string];
  svg.setAttribute('viewBox', `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute('aria-label', `Loss by step: ${losses.map(loss => loss.toFixed(2)).join(', ')}`);
  svg.replaceChildren(
    ...ticks,
    ...ends,
    element('polyline', { class: 'curve', points: points.join(' ') }),
    element('circle', { class: 'newest', cx, cy, r: 4 }),
  );
};
