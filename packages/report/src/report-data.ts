import { z } from 'zod';
import { ReportError } from './report-error.js';

const count = z.int().nonnegative();
const stageName = z.string().min(1);
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()]);

/** A measured value, the ends of its confidence interval in the same unit, and how many cases it was measured on. */
const estimate = z
  .strictObject({
    value: z.number(),
    low: z.number().optional(),
    high: z.number().optional(),
    n: count,
  })
  .refine(({ low, high }) => (low === undefined) === (high === undefined), {
    error: 'low and high come together: give both ends of the interval or neither',
  })
  .refine(({ low, high }) => low === undefined || high === undefined || low <= high, {
    error: 'low is above high',
  });

/** A test of one stage against another on the same cases; `difference` is `to` minus `from`, in the metric's unit. */
const comparison = z.strictObject({
  from: stageName,
  to: stageName,
  difference: z.number(),
  low: z.number(),
  high: z.number(),
  n: count,
  p: z.number().min(0).max(1).optional(),
  test: z.string().optional(),
});

const metric = z.strictObject({
  /** For machines: `harmful_compliance`, `preference_accuracy`, `perplexity`, … */
  name: z.string().min(1),
  /** For readers, as a phrase that a value can follow: "Harmful requests complied with". */
  label: z.string().min(1),
  better: z.enum(['higher', 'lower', 'none']),
  /** `ratio`: values from 0 to 1, shown as percentages. Anything else is written after the number. */
  unit: z.string().optional(),
  /** One sentence: what was counted, by which judge. */
  description: z.string().optional(),
  values: z.record(stageName, estimate),
  comparisons: z.array(comparison).optional(),
});

/** One line of metrics.jsonl under TRL's names. A loss that diverged (NaN, Infinity, null) leaves a gap in the curve. */
const curvePoint = z
  .object({ step: z.number() })
  .catchall(z.union([z.custom<number>(value => typeof value === 'number'), scalar]));

const gateExample = z.union([
  z.string(),
  z.strictObject({
    prompt: z.string().optional(),
    response: z.string().optional(),
    critique: z.string().optional(),
    revision: z.string().optional(),
    reason: z.string().optional(),
  }),
]);

const critique = z.strictObject({
  accepted: count,
  rejected: count,
  /** Rows that each gate kept out. A row that fails two gates is counted by both. */
  gates: z
    .array(
      z.strictObject({
        gate: z.string(),
        description: z.string().optional(),
        count,
        examples: z.array(gateExample).default([]),
      }),
    )
    .default([]),
  principles: z
    .array(
      z.strictObject({
        id: z.string(),
        text: z.string().optional(),
        /** Rows that were critiqued under this principle. */
        n: count,
        /** Part of all rows, 0 to 1. */
        share: z.number().min(0).max(1).optional(),
        /** Part of its rows that passed every gate, 0 to 1. */
        acceptance: z.number().min(0).max(1).optional(),
        /** Difference of its revisions from the first answers: 0 the same, 1 nothing in common. */
        change: z.number().min(0).max(1).optional(),
        /** Diversity of its revisions: 0 the same, 1 nothing in common. */
        spread: z.number().min(0).max(1).optional(),
      }),
    )
    .default([]),
});

const sample = z.strictObject({
  kind: z.enum(['harmful', 'helpful', 'borderline']),
  prompt: z.string(),
  answers: z.record(stageName, z.string()),
  /** The judge's word for each answer: "complied", "objected with the reason", … */
  outcomes: z.record(stageName, z.string()).optional(),
  critique: z.string().optional(),
  revision: z.string().optional(),
  principle: z.string().optional(),
  flags: z.array(z.string()).optional(),
});

const axis = z.strictObject({
  label: z.string(),
  better: z.enum(['higher', 'lower']),
  unit: z.string().optional(),
});

const frontier = z.strictObject({
  x: axis,
  y: axis,
  /** Label of the chosen point: "this run", "best trade-off". */
  chosenIs: z.string().default('this run'),
  /** Criterion of the choice, and its caveats. */
  note: z.string().optional(),
  points: z.array(
    z.strictObject({
      label: z.string(),
      x: estimate,
      y: estimate,
      /** The model before training: marked apart. */
      base: z.boolean().optional(),
      chosen: z.boolean().optional(),
      /** Runs of other seeds that were averaged. */
      seeds: count.optional(),
    }),
  ),
});

/** One measure under several conditions, such as ways of asking the same question, or what was done to the weights. */
const conditions = z.strictObject({
  metric: z.strictObject({
    label: z.string(),
    better: z.enum(['higher', 'lower', 'none']),
    unit: z.string().optional(),
  }),
  conditions: z.array(
    z.strictObject({
      label: z.string(),
      description: z.string().optional(),
      values: z.record(stageName, estimate),
    }),
  ),
  /** Largest minus smallest value over the conditions, per stage, in the metric's unit. */
  spread: z.record(stageName, estimate).optional(),
});

/** Agreement of two judges on the same answers. */
const agreement = z.strictObject({
  judges: z.tuple([z.string(), z.string()]),
  /** Subject of the judgement: "harmful requests, all stages". */
  of: z.string().optional(),
  /** Part of the answers that both judge alike, 0 to 1. */
  agree: estimate,
  /** Cohen's kappa: agreement beyond chance; 1 is perfect, 0 is chance. */
  kappa: z.number().optional(),
  kappa_interval: z.strictObject({ low: z.number(), high: z.number() }).optional(),
});

const run = z.strictObject({
  recipe: z.string().optional(),
  model: z.string().optional(),
  machine: z.string().optional(),
  /** ISO 8601. */
  started: z.string().optional(),
  finished: z.string().optional(),
  versions: z.record(z.string(), z.string()).optional(),
  /** Per stage, flat: `{ sft: { learning_rate: 0.0002, … } }`. */
  settings: z.record(stageName, z.record(z.string(), z.union([scalar, z.array(scalar)]))).optional(),
  hashes: z.record(z.string(), z.string()).optional(),
  /** Wall-clock seconds per stage; stages of any name (critique, label, sft, …). */
  seconds: z.record(stageName, z.number().nonnegative()).optional(),
  /** Tokens per stage. */
  tokens: z.record(stageName, count).optional(),
});

/**
 * Content of a report; `report.json` is exactly this. Every section may be left out, so that a run that was
 * stopped renders too. Unknown keys are errors, except in the rows of `curves`.
 */
export const reportSchema = z.strictObject({
  title: z.string().default('Charter report'),
  /** One sentence under the title: what was run. */
  description: z.string().optional(),
  /** A remark shown on top of the page, such as "Demo: made-up numbers". */
  note: z.string().optional(),
  run: run.optional(),
  /** Stages that were measured, in order; the first is "before", the last "after". Default: as they appear in the data. */
  stages: z.array(stageName).optional(),
  /** Level of every interval, 0 to 1. */
  confidence: z.number().gt(0).lt(1).default(0.95),
  /** The first four make the headline, and so does every other that got clearly worse. */
  metrics: z.array(metric).optional(),
  frontier: frontier.optional(),
  /** The same questions asked in other ways: other phrasings, role formats, upper case, typos. */
  sensitivity: z.array(conditions).optional(),
  /** The adapter taken off, merged, quantized, or trained on further: what of the change remains. */
  robustness: z.array(conditions).optional(),
  judges: z.array(agreement).optional(),
  curves: z.record(stageName, z.array(curvePoint)).optional(),
  critique: critique.optional(),
  samples: z.array(sample).optional(),
});

export type ReportData = z.input<typeof reportSchema>;
/** The data with its defaults filled in and its stages known. */
export type Report = z.output<typeof reportSchema> & { stages: string[] };
export type Metric = z.output<typeof metric>;
export type Estimate = z.output<typeof estimate>;
export type Sample = z.output<typeof sample>;
export type CurvePoint = z.output<typeof curvePoint>;
export type Critique = z.output<typeof critique>;
export type GateExample = z.output<typeof gateExample>;
export type Conditions = z.output<typeof conditions>;
export type Frontier = z.output<typeof frontier>;
export type Run = z.output<typeof run>;

const place = (path: readonly PropertyKey[]) =>
  path.reduce<string>((where, key) => {
    if (typeof key === 'number') return `${where}[${key}]`;
    const name = String(key);
    if (!/^[A-Za-z_$][\w$]*$/.test(name)) return `${where}[${JSON.stringify(name)}]`;
    return where ? `${where}.${name}` : name;
  }, '') || 'the data';

/** Checks data of any origin and fills in defaults. @throws {ReportError} naming every place that does not fit */
export const parseReport = (data: unknown): Report => {
  const parsed = reportSchema.safeParse(data);
  if (!parsed.success)
    throw new ReportError(
      parsed.error.issues.map(issue => ({ where: place(issue.path), problem: issue.message })),
    );
  const report = parsed.data;

  const used = new Map<string, string>();
  const use = (stage: string, where: string) => used.has(stage) || used.set(stage, where);
  report.metrics?.forEach((entry, i) => {
    for (const stage of Object.keys(entry.values)) use(stage, `metrics[${i}].values`);
    for (const { from, to } of entry.comparisons ?? [])
      for (const stage of [from, to]) use(stage, `metrics[${i}].comparisons`);
  });
  for (const section of ['sensitivity', 'robustness'] as const)
    report[section]?.forEach((entry, i) => {
      for (const stage of Object.keys(entry.spread ?? {})) use(stage, `${section}[${i}].spread`);
      entry.conditions.forEach(({ values }, j) => {
        for (const stage of Object.keys(values)) use(stage, `${section}[${i}].conditions[${j}].values`);
      });
    });
  report.samples?.forEach((entry, i) => {
    for (const stage of Object.keys(entry.answers)) use(stage, `samples[${i}].answers`);
    for (const stage of Object.keys(entry.outcomes ?? {})) use(stage, `samples[${i}].outcomes`);
  });
  if (!report.stages) return { ...report, stages: [...used.keys()] };

  const unknown = [...used].filter(([stage]) => !report.stages?.includes(stage));
  if (unknown.length)
    throw new ReportError(
      unknown.map(([stage, where]) => ({
        where,
        problem: `stage "${stage}" is not in stages (${report.stages?.join(', ')})`,
      })),
    );
  return { ...report, stages: report.stages };
};
