/**
 * Tokens per second and peak memory of a LoRA step by the length of a text, the number of texts and the size of the
 * model, each size in a process of its own. Random weights. A run of all series writes the table and the plot of
 * bench/README.md.
 *
 *   pnpm bench growth [series=length,checkpointing,batch,model,quantized] [steps=2] [limit=12] [write=yes|no]
 *
 * `limit` is the memory in GB at which a step is stopped.
 */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { machine } from '../packages/cli/src/command-line/run-record.js';
import { argument, numberArgument } from './argument.js';
import { type GrowthSize, growthSeries } from './training/growth-sizes.js';
import { linePlots } from './training/line-plot.js';
import { writeSection } from './write-section.js';

type SeriesName = keyof typeof growthSeries;
const all = Object.keys(growthSeries) as SeriesName[];
const wanted = argument('series', all.join(',')).split(',') as SeriesName[];
const steps = numberArgument('steps', 2);
const limit_gb = numberArgument('limit', 12);

interface Measured {
  readonly size: GrowthSize;
  readonly tokens: number;
  /** undefined when the step was stopped. */
  readonly tokens_per_second: number | undefined;
  readonly peak_gb: number | undefined;
  /** Reason of the stop. */
  readonly stopped: string | undefined;
}

const script = fileURLToPath(new URL('training/growth-step.ts', import.meta.url));
const measure = async (size: GrowthSize): Promise<Measured> => {
  const tokens = size.rows * size.time;
  const node = ['--conditions=@charter/source', '--import', 'tsx', script];
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...node,
      JSON.stringify({ ...size, steps, limit_gb }),
    ]);
    return { size, tokens, stopped: undefined, ...JSON.parse(stdout.trim().split('\n').at(-1)!) };
  } catch (error) {
    const { stderr = '', signal } = error as { stderr?: string; signal?: string };
    const stopped = stderr.trim().split('\n').at(-1) || (signal ?? 'an error');
    return { size, tokens, tokens_per_second: undefined, peak_gb: undefined, stopped };
  }
};

const results: [SeriesName, Measured[]][] = [];
for (const name of wanted) {
  const { title, sizes } = growthSeries[name];
  console.log(`\n${title}`);
  const measured: Measured[] = [];
  for (const size of sizes) {
    const one = await measure(size);
    measured.push(one);
    console.log(
      `  ${size.model}, ${size.rows} × ${size.time}: ` +
        (one.stopped ?? `${one.tokens_per_second!.toFixed(0)} tokens/s, ${one.peak_gb!.toFixed(2)} GB`),
    );
  }
  results.push([name, measured]);
}

const rows = results.flatMap(([name, measured]) =>
  measured.map(
    ({ size, tokens_per_second, peak_gb, stopped }) =>
      `| ${growthSeries[name].title} | ${size.model} | ${size.rows} × ${size.time} | ` +
      (stopped ? `stopped: ${stopped} | |` : `${tokens_per_second!.toFixed(0)} | ${peak_gb!.toFixed(2)} |`),
  ),
);
if (argument('write', wanted.length === all.length ? 'yes' : 'no') === 'yes') {
  const done = (measured: readonly Measured[]) => measured.filter(one => one.stopped === undefined);
  const lines = (names: readonly SeriesName[], y: (one: Measured) => number) =>
    results
      .filter(([name]) => names.includes(name))
      .map(([name, measured]) => ({
        label: growthSeries[name].title,
        points: done(measured).map(one => ({ x: one.tokens, y: y(one) })),
      }));
  const byTokens = ['length', 'checkpointing', 'batch'] as const;
  await writeFile(
    new URL('growth.svg', import.meta.url),
    linePlots([
      { title: 'tokens/s', x: 'tokens in a step', lines: lines(byTokens, one => one.tokens_per_second!) },
      { title: 'peak GB', x: 'tokens in a step', lines: lines(byTokens, one => one.peak_gb!) },
    ]),
  );
  await writeSection(
    'growth',
    [
      `\`pnpm bench growth\` on ${machine()}: LoRA r 16 on all linear layers, loss on every token, the fastest of ${steps} steps.`,
      '',
      '![Tokens per second and memory against the tokens in a step](growth.svg)',
      '',
      '| | model | texts × tokens | tokens/s | peak GB |',
      '| --- | --- | --- | --- | --- |',
      ...rows,
    ].join('\n'),
  );
}
