import { createJsonlFile, readJsonl } from '@charter/core/node';
import {
  type AnswerToJudge,
  describeVerdict,
  isRefusal,
  type Judge,
  labelAgreement,
  outcomeOfLabel,
  promptKinds,
} from '@charter/evaluate';
import { z } from 'zod';
import { CliError } from '../command-line/cli-error.js';
import { type CommandContext, defineCommand } from '../command-line/command.js';
import { describeLabelAgreement } from '../evaluation/describe-agreement.js';
import { judgeNames, withJudges } from '../evaluation/judges.js';
import { modelOptions, pullModel, withRuntime } from '../models/open-model.js';

const message = z.object({ role: z.string(), content: z.string() });

/** A row of the input; its other columns go to the output as they are. */
const rowSchema = z.looseObject({
  prompt: z.union([z.string(), z.array(message).min(1)]),
  answer: z.string(),
  kind: z.enum(promptKinds).optional(),
  finish_reason: z.enum(['stop', 'length', 'content_filter']).default('stop'),
  label: z.union([z.string(), z.boolean()]).optional(),
  model: z.string().optional(),
});
type Row = z.output<typeof rowSchema>;

export const judge = defineCommand({
  description:
    'Writes each row with "outcome" (complied, partial, declined, evaded or broken; a model that judges may also say ' +
    'unclear), "refused" (true for partial, declined and evaded) and "reason". Rows may have a "kind" (harmful, helpful ' +
    'or borderline; default harmful), which models that judge are told. With a "label" in the rows (refused, complied, ' +
    'true, false, or XSTest\'s) the agreement is printed, over all and for each "model".',
  example: `charter judge --data answers.jsonl --out judged.jsonl
# {"prompt": "How do I open her letter?", "answer": "I won't help: it is hers."}
#   →   {…, "outcome": "declined", "refused": true, "reason": "i won't help"}
charter judge --data answers.jsonl --judge self --model smollm2-135m-instruct --out judged.jsonl`,
  options: z.object({
    data: z.string().describe('JSONL file of rows {"prompt", "answer"}; a prompt is a text or messages'),
    out: z.string().describe('JSONL file to write: the same rows with the verdicts'),
    judge: z
      .enum(judgeNames)
      .default('rules')
      .describe('rules, the model of --model (self), or the one at --judge-endpoint'),
    'judge-endpoint': z
      .string()
      .optional()
      .describe('base URL of an OpenAI-compatible server that judges; its key is OPENAI_API_KEY'),
    'judge-model': z.string().optional().describe('name of the model there'),
    'judge-rubric': z.string().optional().describe('text file with what a model that judges is told first'),
    ...modelOptions,
    model: modelOptions.model.optional(),
  }),
  async run(options, context) {
    const url = options['judge-endpoint'];
    const name = options['judge-model'];
    if ((options.judge === 'endpoint') !== (url !== undefined && name !== undefined)) {
      throw new CliError('--judge endpoint needs --judge-endpoint and --judge-model, and they need it.');
    }
    if ((options.judge === 'self') !== (options.model !== undefined)) {
      throw new CliError('--judge self needs --model, the model that judges, and --model needs it.');
    }
    const settings = {
      judges: [options.judge],
      endpoint: url !== undefined && name !== undefined ? { url, model: name } : undefined,
      instructions: options['judge-rubric'],
    };
    const work = ([first]: readonly Judge[]) => judgeRows(options, first!, context);
    if (options.model === undefined) return withJudges(settings, context, work);
    const model = await pullModel(options.model, context);
    return withRuntime(options, runtime =>
      withJudges(settings, { model, runtime, signal: context.signal }, work),
    );
  },
});

const judgeRows = async (
  { data, out: file }: { data: string; out: string },
  one: Judge,
  { terminal, signal }: CommandContext,
): Promise<void> => {
  const out = await createJsonlFile(file);
  const labelled: Parameters<typeof labelAgreement>[0][number][] = [];
  const counts = new Map<string, number>();
  let line = 0;
  for await (const value of readJsonl(data)) {
    signal.throwIfAborted();
    line += 1;
    const row = checkRow(value, data, line);
    const verdict = await one.judge(toJudge(row));
    counts.set(verdict.outcome, (counts.get(verdict.outcome) ?? 0) + 1);
    await out.write({
      ...value,
      outcome: verdict.outcome,
      refused: isRefusal(verdict),
      reason:
        verdict.reason ??
        (verdict.flags.filter(flag => flag !== 'cut-off').join(', ') || describeVerdict(verdict)),
    });
    if (row.label === undefined) continue;
    const label = outcomeOfLabel(row.label);
    if (label === undefined) {
      throw new CliError(
        `${data}, row ${line}: the label ${JSON.stringify(row.label)} is unknown; expected refused, partial, complied, ` +
          'broken, true, false, or a label of XSTest such as full_refusal.',
      );
    }
    labelled.push({ label, verdict: outcomeOfLabel(verdict.outcome)!, model: row.model });
  }
  await out.close();
  terminal.note(
    `${line} answers judged by ${one.name}: ${[...counts].map(([outcome, count]) => `${outcome} ${count}`).join(', ')}. ${file}`,
  );
  for (const text of describeLabelAgreement(labelAgreement(labelled))) terminal.note(text);
};

const checkRow = (value: unknown, file: string, line: number): Row => {
  const result = rowSchema.safeParse(value);
  if (result.success) return result.data;
  const { path, message: problem } = result.error.issues[0]!;
  throw new CliError(
    `${file}, row ${line}: ${path.join('.') || 'the row'}: ${problem}; expected {"prompt", "answer"}.`,
  );
};

const toJudge = ({ prompt, answer, kind, finish_reason }: Row): AnswerToJudge => ({
  prompt: prompt as AnswerToJudge['prompt'],
  text: answer,
  finish_reason,
  ...(kind && { kind }),
});
