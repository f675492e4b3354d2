import { z } from 'zod';
import { TrainingError } from '../training-error.js';

/** A step of a schedule: `step` counts from 0, `warmup` and `total` are numbers of steps, `peak` is the peak rate. */
interface SchedulePoint {
  readonly step: number;
  readonly warmup: number;
  readonly total: number;
  readonly peak: number;
}

type Factor<Kwargs> = (point: SchedulePoint, kwargs: Kwargs) => number;

interface Schedule<Kwargs = never> {
  /** Keys of `lr_scheduler_kwargs` with their defaults. */
  readonly kwargs: z.ZodObject;
  /** Factor on the peak rate after the warm-up. */
  readonly factor: Factor<Kwargs>;
  /** Factor during the warm-up; default linear from 0. */
  readonly warmupFactor?: Factor<Kwargs>;
  /** `constant` has no warm-up in transformers. */
  readonly hasWarmup?: boolean;
}

/** Ties the functions of a schedule to the type of its settings. */
const schedule = <Shape extends z.ZodRawShape>(
  kwargs: Shape,
  definition: Omit<Schedule<z.output<z.ZodObject<Shape>>>, 'kwargs'>,
): Schedule => ({ kwargs: z.strictObject(kwargs), ...definition });

const progress = ({ step, warmup, total }: SchedulePoint) => (step - warmup) / Math.max(1, total - warmup);

const warmupProgress = ({ step, warmup }: SchedulePoint) => step / Math.max(1, warmup);

/** Cosine from 1 at progress 0 through `cycles` periods; half a period falls to 0. */
const cosineWave = (progress: number, cycles: number) =>
  0.5 * (1 + Math.cos(2 * Math.PI * cycles * progress));

/** `factor` scaled so that its 0 becomes `floor`. */
const withFloor = (floor: number, factor: number) => Math.max(0, factor * (1 - floor) + floor);

const number = z.number();
const cycles = number.default(0.5);
const minimum = { min_lr: number.min(0).optional(), min_lr_rate: number.min(0).optional() };

/** Minimum as a share of the peak, from one of the two ways to give it. */
const minimumRate = (
  { min_lr, min_lr_rate }: { min_lr?: number | undefined; min_lr_rate?: number | undefined },
  { peak }: SchedulePoint,
): number => {
  if ((min_lr === undefined) === (min_lr_rate === undefined)) {
    throw new TrainingError(
      'lr_scheduler_kwargs: give either min_lr (a rate) or min_lr_rate (a share of learning_rate).',
    );
  }
  return min_lr_rate ?? min_lr! / peak;
};

/** Shapes of `warmup_stable_decay`, of its warm-up, which rises from 0 to 1, and of its decay, which falls from 1 to 0. */
const rises = {
  linear: (progress: number) => progress,
  cosine: (progress: number) => 1 - cosineWave(progress, 0.5),
  '1-sqrt': (progress: number) => 1 - Math.sqrt(1 - progress),
};
const decays = {
  linear: (progress: number) => 1 - progress,
  cosine: cosineWave,
  '1-sqrt': (progress: number) => 1 - Math.sqrt(progress),
};
const shape = z.enum(['linear', 'cosine', '1-sqrt']);

/**
 * Learning rates by transformers' names. All but `constant` start with a warm-up, linear from 0 unless noted.
 *
 * @see transformers 5.23 `optimization.py` (fixtures/schedules.json)
 */
export const schedules = {
  constant: schedule({}, { factor: () => 1, hasWarmup: false }),
  constant_with_warmup: schedule({}, { factor: () => 1 }),
  linear: schedule({}, { factor: at => Math.max(0, 1 - progress(at)) }),
  cosine: schedule(
    { num_cycles: cycles },
    { factor: (at, { num_cycles }) => Math.max(0, cosineWave(progress(at), num_cycles)) },
  ),
  cosine_with_restarts: schedule(
    { num_cycles: number.default(1) },
    {
      factor: (at, { num_cycles }) =>
        progress(at) >= 1 ? 0 : cosineWave((num_cycles * progress(at)) % 1, 0.5),
    },
  ),
  cosine_with_min_lr: schedule(
    { num_cycles: cycles, ...minimum },
    {
      factor: (at, kwargs) => withFloor(minimumRate(kwargs, at), cosineWave(progress(at), kwargs.num_cycles)),
    },
  ),
  /** Warm-up from `warmup_lr_rate`, or from the first step's share of it; no step has rate 0. */
  cosine_warmup_with_min_lr: schedule(
    { num_cycles: cycles, ...minimum, warmup_lr_rate: number.min(0).optional() },
    {
      warmupFactor: ({ step, warmup }, { warmup_lr_rate: first }) =>
        first === undefined
          ? (step + 1) / Math.max(1, warmup)
          : first + ((1 - first) * step) / Math.max(1, warmup - 1),
      factor: (at, kwargs) =>
        withFloor(
          minimumRate(kwargs, at),
          cosineWave(progress({ ...at, step: at.step + 1 }), kwargs.num_cycles),
        ),
    },
  ),
  polynomial: schedule(
    { power: number.default(1), lr_end: number.default(1e-7) },
    {
      factor: (at, { power, lr_end }) =>
        withFloor(Math.min(1, lr_end / at.peak), Math.max(0, 1 - progress(at)) ** power),
    },
  ),
  /** `timescale` is the warm-up, or 10,000 when there is none. */
  inverse_sqrt: schedule(
    { timescale: number.default(0) },
    {
      factor: ({ step, warmup }, { timescale }) => {
        const scale = timescale || warmup || 10_000;
        return 1 / Math.sqrt((step + scale - warmup) / scale);
      },
    },
  ),
  /** Warm-up and decay between `min_lr_ratio` and the peak; `num_stable_steps` defaults to the steps between them. */
  warmup_stable_decay: schedule(
    {
      num_decay_steps: number,
      num_stable_steps: number.optional(),
      warmup_type: shape.default('linear'),
      decay_type: shape.default('cosine'),
      min_lr_ratio: number.default(0),
      num_cycles: cycles,
    },
    {
      warmupFactor: (at, { warmup_type, min_lr_ratio }) =>
        withFloor(min_lr_ratio, rises[warmup_type](warmupProgress(at))),
      factor: ({ step, warmup, total }, kwargs) => {
        const { num_decay_steps, decay_type, min_lr_ratio, num_cycles } = kwargs;
        const stable = kwargs.num_stable_steps ?? total - warmup - num_decay_steps;
        const decayed = (step - warmup - stable) / Math.max(1, num_decay_steps);
        if (decayed < 0) return 1;
        return decayed < 1 ? withFloor(min_lr_ratio, decays[decay_type](decayed, num_cycles)) : min_lr_ratio;
      },
    },
  ),
} satisfies Record<string, Schedule>;

export type ScheduleName = keyof typeof schedules;

export interface ScheduleOptions {
  readonly lr_scheduler_type: ScheduleName;
  readonly lr_scheduler_kwargs: Readonly<Record<string, number | string>>;
  readonly warmup_steps: number;
  readonly learning_rate: number;
}

/**
 * Learning rate of each step, counted from 0. As in transformers, a warm-up from 0 gives the first step rate 0.
 *
 * @throws {TrainingError} for a keyword that the schedule does not have or needs, or one out of range
 */
export const learningRates = (options: ScheduleOptions, total: number): ((step: number) => number) => {
  const { lr_scheduler_type: name, learning_rate: peak } = options;
  const definition: Schedule = schedules[name];
  const kwargs = parseKwargs(name, definition, options.lr_scheduler_kwargs) as never;
  const warmup = definition.hasWarmup === false ? 0 : warmupSteps(options.warmup_steps, total);
  const rate = (step: number): number => {
    const point = { step, warmup, total, peak };
    if (step >= warmup) return peak * definition.factor(point, kwargs);
    return peak * (definition.warmupFactor?.(point, kwargs) ?? warmupProgress(point));
  };
  // An impossible setting shows before anything is computed.
  rate(warmup);
  return rate;
};

const parseKwargs = (
  name: ScheduleName,
  { kwargs }: Schedule,
  given: ScheduleOptions['lr_scheduler_kwargs'],
): unknown => {
  const unknown = Object.keys(given).find(key => !(key in kwargs.shape));
  if (unknown) {
    const known = Object.keys(kwargs.shape).join(', ') || 'none';
    throw new TrainingError(`lr_scheduler_kwargs: "${name}" has no ${unknown}; it has: ${known}.`);
  }
  const parsed = kwargs.safeParse(given);
  if (parsed.success) return parsed.data;
  const [{ path, message }] = parsed.error.issues as [z.core.$ZodIssue];
  const key = path.join('.');
  throw new TrainingError(
    key in given
      ? `lr_scheduler_kwargs: ${key} of "${name}": ${message}.`
      : `lr_scheduler_kwargs: "${name}" needs ${key}.`,
  );
};

/** Steps of warm-up: a number below 1 is a share of all steps, rounded up, as in transformers 5. */
export const warmupSteps = (warmup: number, total: number): number =>
  warmup >= 1 ? Math.floor(warmup) : Math.ceil(total * warmup);
