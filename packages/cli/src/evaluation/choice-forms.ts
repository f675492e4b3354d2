import type { ChoiceQuestion } from '@charter/evaluate';
import { z } from 'zod';

/** A form that files of multiple-choice questions have, and the question in a row of it. */
interface ChoiceForm {
  /** Columns by which the form is known. */
  readonly columns: readonly string[];
  readonly read: (row: unknown) => ChoiceQuestion;
}

const text = z.string().min(1);
const texts = z.array(text).min(1);
/** Position of the right option, from 0, as a number or its digits. */
const position = z.union([z.number(), z.string().regex(/^\d+$/)]).transform(Number);

const form = <Row>(
  columns: readonly string[],
  schema: z.ZodType<Row>,
  read: (row: Row) => ChoiceQuestion,
): ChoiceForm => ({ columns, read: row => read(schema.parse(row)) });

/** A question whose options follow its prompt after a space, one of them right. */
const question = (prompt: string, options: readonly string[], right: number): ChoiceQuestion => {
  if (!(right in options)) {
    throw new z.ZodError([
      {
        code: 'custom',
        path: [],
        message: `the right option is number ${right} of ${options.length}, from 0`,
        input: right,
      },
    ]);
  }
  const [corrects, incorrects] = [true, false].map(wanted =>
    options.filter((_, i) => (i === right) === wanted).map(option => ` ${option}`),
  );
  return { prompt, corrects: corrects!, incorrects: incorrects! };
};

const lettered = z.object({ text: texts, label: texts });

/** HellaSwag's texts keep marks of WikiHow, which lm-eval takes out. */
const withoutMarks = (raw: string): string =>
  raw
    .trim()
    .replaceAll(' [title]', '. ')
    .replace(/\[.*?\]/g, '')
    .replaceAll('  ', ' ');

const capitalized = (raw: string): string => raw.slice(0, 1).toUpperCase() + raw.slice(1).toLowerCase();

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/**
 * Forms of multiple-choice rows: the paper's, that of the tasks of lm-evaluation-harness as their datasets ship, each
 * with the prompt that lm-eval gives it zero-shot (MMLU's without the line that names the subject), and the samples that `lm_eval --log_samples` writes of any such task.
 *
 * @see anthropics/ConstitutionalHarmlessnessPaper, evals/; EleutherAI/lm-evaluation-harness, lm_eval/tasks/
 */
export const choiceForms = {
  ConstitutionalHarmlessnessPaper: form(
    ['corrects', 'incorrects'],
    z.object({ prompt: text, corrects: texts, incorrects: texts }),
    row => row,
  ),
  'lm_eval --log_samples': form(
    ['arguments', 'target'],
    z.object({
      arguments: z.union([
        z.array(z.tuple([text, text])).min(1),
        z
          .record(z.string(), z.object({ arg_0: text, arg_1: text }))
          .transform(given =>
            Object.values(given).map(({ arg_0, arg_1 }): [string, string] => [arg_0, arg_1]),
          ),
      ]),
      target: position,
    }),
    ({ arguments: asked, target }) => {
      const [corrects, incorrects] = [true, false].map(wanted =>
        asked.filter((_, i) => (i === target) === wanted).map(([, option]) => option),
      );
      return { prompt: asked[0]![0], corrects: corrects!, incorrects: incorrects! };
    },
  ),
  arc: form(
    ['question', 'choices', 'answerKey'],
    z.object({ question: text, choices: lettered, answerKey: text }),
    ({ question: asked, choices, answerKey }) =>
      question(`Question: ${asked}\nAnswer:`, choices.text, choices.label.indexOf(answerKey)),
  ),
  openbookqa: form(
    ['question_stem', 'choices', 'answerKey'],
    z.object({ question_stem: text, choices: lettered, answerKey: text }),
    ({ question_stem, choices, answerKey }) =>
      question(question_stem, choices.text, choices.label.indexOf(answerKey.trimStart())),
  ),
  mmlu: form(
    ['question', 'choices', 'answer'],
    z.object({ question: text, choices: texts, answer: position }),
    ({ question: asked, choices, answer }) => {
      const options = choices.map((choice, i) => `${LETTERS[i]}. ${choice}`);
      const letters = choices.map((_, i) => LETTERS[i]!);
      return question([asked.trim(), ...options, 'Answer:'].join('\n'), letters, answer);
    },
  ),
  hellaswag: form(
    ['ctx_a', 'ctx_b', 'endings', 'label'],
    z.object({ activity_label: text, ctx_a: z.string(), ctx_b: z.string(), endings: texts, label: position }),
    ({ activity_label, ctx_a, ctx_b, endings, label }) =>
      question(
        withoutMarks(`${activity_label}: ${ctx_a} ${capitalized(ctx_b)}`),
        endings.map(withoutMarks),
        label,
      ),
  ),
  piqa: form(
    ['goal', 'sol1', 'sol2', 'label'],
    z.object({ goal: text, sol1: text, sol2: text, label: position }),
    ({ goal, sol1, sol2, label }) => question(`Question: ${goal}\nAnswer:`, [sol1, sol2], label),
  ),
} satisfies Record<string, ChoiceForm>;

/** The form that has a row's columns; undefined for one of none. */
export const choiceFormOf = (row: Readonly<Record<string, unknown>>): ChoiceForm | undefined =>
  Object.values(choiceForms).find(({ columns }) =>
    columns.every(name => row[name] !== undefined && row[name] !== null),
  );
