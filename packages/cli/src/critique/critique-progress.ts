import type { CritiqueProgress, CritiqueSummary, SelectionSummary } from '@charter/critique';
import { formatSeconds, type Terminal } from '../command-line/terminal.js';

/** Progress line of critique-revision: accepted and rejected rows, and the time left. */
export const critiqueProgress = (terminal: Terminal, total: number) => {
  const line = terminal.progress('critique', total);
  const begin = performance.now();
  return {
    update: ({ done, skipped, accepted, rejected }: CritiqueProgress) => {
      const seconds = (performance.now() - begin) / 1000;
      const left = done > skipped ? ((total - done) * seconds) / (done - skipped) : 0;
      line.update(done, `${accepted} accepted, ${rejected} rejected · ${formatSeconds(left)} left`);
    },
    stop: line.stop,
  };
};

/** Closing lines of critique-revision. */
export const describeCritique = (summary: CritiqueSummary): string[] => {
  const { rows, accepted, rejected, skipped, gates, selection, out, rejected_file } = summary;
  const rejections = Object.entries(gates)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([gate, count]) => `${gate} ${count}`);
  return [
    `${accepted} of ${rows} rows passed the gates: ${out}`,
    ...(rejected ? [`${rejected} were rejected; their reasons are in ${rejected_file}`] : []),
    ...(rejections.length ? [`Attempts rejected by each gate: ${rejections.join(', ')}`] : []),
    ...(selection ? [describeSelection(selection)] : []),
    ...(skipped ? [`${skipped} were done before and were not repeated`] : []),
  ];
};

const percent = (share: number) => `${(100 * share).toFixed(0)} %`;

/** Consistency and calibration of the judge that chose among samples. */
const describeSelection = ({ comparisons, consistency, position_bias, calibration }: SelectionSummary) =>
  `Samples were chosen by ${comparisons} comparisons; both orders agreed in ${percent(consistency)} (where the judge was ` +
  `${calibration.map(({ probability, agreed, comparisons: n }) => `${percent(probability)} sure in ${percent(agreed)}, n = ${n}`).join('; ')}); ` +
  `position bias ${position_bias.toFixed(2)} nats`;
