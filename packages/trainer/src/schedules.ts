import { TrainingError } from './training-error.js';

/** Where a schedule stands: `step` counts from 0, `warmup` and `total` are numbers of steps, `peak` is the rate. */
interface At {
  readonly step: number;
  readonly warmup: number;
  readonly total: number;
  readonly peak: number;
}

type Kwargs = Readonly<Record<string, number>>;

interface Schedule<Defaults extends Kwargs = Kwargs> {
  /** What `lr_scheduler_kwargs` may hold, with its default; NaN: there is none, it must be given. */
  readonly kwargs: Defaults;
  /** Factor on the peak rate once the warm-up is over. */
  after(at: At, kwargs: Defaults): number;
  /** `constant` has no warm-up in transformers. */
  readonly warms?: false;
}

const schedule = <Defaults extends Kwargs>(definition: Schedule<Defaults>) =>
  definition as unknown as Schedule;

const progress = ({ step, warmup, total }: At) => (step - warmup) / Math.max(1, total - warmup);

/** From 1 at 0 through `cycles` waves: half a wave falls to 0. */
const wave = (progress: number, cycles: number) => 0.5 * (1 + Math.cos(2 * Math.PI * cycles * progress));

const above = (floor: number, factor: number) => Math.max(0, factor * (1 - floor) + floor);

/**
 * Learning rates by transformers' names. All but `constant` start with a linear warm-up from 0.
 *
 * @see transformers 5.23 `optimization.py`
 */
export const schedules = {
  constant: schedule({ kwargs: {}, after: () => 1, warms: false }),
  constant_with_warmup: schedule({ kwargs: {}, after: () => 1 }),
  linear: schedule({ kwargs: {}, after: at => Math.max(0, 1 - progress(at)) }),
  cosine: schedule({
    kwargs: { num_cycles: 0.5 },
    after: (at, { num_cycles }) => Math.max(0, wave(progress(at), num_cycles)),
  }),
  cosine_with_restarts: schedule({
    kwargs: { num_cycles: 1 },
    after: (at, { num_cycles }) => (progress(at) >= 1 ? 0 : wave((num_cycles * progress(at)) % 1, 0.5)),
  }),
  cosine_with_min_lr: schedule({
    kwargs: { num_cycles: 0.5, min_lr_rate: Number.NaN },
    after: (at, { num_cycles, min_lr_rate }) => above(min_lr_rate, wave(progress(at), num_cycles)),
  }),
  polynomial: schedule({
    kwargs: { power: 1, lr_end: 1e-7 },
    after: (at, { power, lr_end }) =>
      above(Math.min(1, lr_end / at.peak), Math.max(0, 1 - progress(at)) ** power),
  }),
  /** `timescale` is the warm-up, or 10,000 when there is none. */
  inverse_sqrt: schedule({
    kwargs: { timescale: 0 },
    after: ({ step, warmup }, { timescale }) => {
      const scale = timescale || warmup || 10_000;
      return 1 / Math.sqrt((step + scale - warmup) / scale);
    },
  }),
  warmup_stable_decay: schedule({
    kwargs: { num_decay_steps: Number.NaN, min_lr_ratio: 0, num_cycles: 0.5 },
    after: ({ step, total }, { num_decay_steps, min_lr_ratio, num_cycles }) => {
      const decayed = Math.max(0, step - (total - num_decay_steps)) / Math.max(1, num_decay_steps);
      return above(min_lr_ratio, wave(decayed, num_cycles));
    },
  }),
} satisfies Record<string, Schedule>;

export type ScheduleName = keyof typeof schedules;

export interface ScheduleOptions {
  readonly lr_scheduler_type: ScheduleName;
  readonly lr_scheduler_kwargs: Kwargs;
  readonly warmup_steps: number;
  readonly learning_rate: number;
}

/**
 * The learning rate of each step, counted from 0. As in transformers, the first step of a warm-up has rate 0.
 *
 * @throws {TrainingError} for a keyword that the schedule does not have, or one that it needs
 */
export const learningRates = (options: ScheduleOptions, total: number): ((step: number) => number) => {
  const { lr_scheduler_type: name, learning_rate: peak } = options;
  const { after, warms, kwargs: defaults }: Schedule = schedules[name];
  const unknown = Object.keys(options.lr_scheduler_kwargs).find(key => !(key in defaults));
  if (unknown) {
    const known = Object.keys(defaults).join(', ') || 'none';
    throw new TrainingError(`lr_scheduler_kwargs: "${name}" has no ${unknown}; it has: ${known}.`);
  }
  const kwargs = { ...defaults, ...options.lr_scheduler_kwargs };
  const missing = Object.keys(kwargs).find(key => Number.isNaN(kwargs[key]));
  if (missing) throw new TrainingError(`lr_scheduler_kwargs: "${name}" needs ${missing}.`);
  const warmup = warms === false ? 0 : warmupSteps(options.warmup_steps, total);
  return step =>
    peak * (step < warmup ? step / Math.max(1, warmup) : after({ step, warmup, total, peak }, kwargs));
};

/** Steps of warm-up: a number below 1 is a share of all steps, rounded up, as in transformers 5. */
export const warmupSteps = (warmup: number, total: number): number =>
  warmup >= 1 ? Math.floor(warmup) : Math.ceil(total * warmup);
