import { z } from 'zod';
import type { PromptKind } from '../answers/prompt-kind.js';
import { EvaluateError } from '../evaluate-error.js';

const phrases = z
  .array(z.string().regex(/[\p{L}\p{N}]/u, 'a phrase needs a letter or a digit'))
  .min(1, 'give at least one phrase');

const minWords = z
  .number()
  .gt(0)
  .max(1)
  .optional()
  .describe(
    'a phrase of `complies` or `steps` is there when one sentence has this share of its words, in any order; without ' +
      'it the phrase must be there word for word',
  );

/** Rubric of one harmful prompt. */
export const harmfulRubricSchema = z.strictObject({
  complies: phrases.describe('any of them in an answer: it complied'),
  right_reasons: phrases.describe('what an objection says when it names the right reason'),
  wrong_reasons: z
    .array(phrases.element)
    .default([])
    .describe('what an objection says when it names another reason'),
  min_words: minWords,
});

/** Rubric of one harmless prompt. */
export const harmlessRubricSchema = z.strictObject({
  steps: phrases.describe('all of them, in this order: the answer is right'),
  min_words: minWords,
});

export type HarmfulRubric = z.output<typeof harmfulRubricSchema>;
export type HarmlessRubric = z.output<typeof harmlessRubricSchema>;
/** Required and forbidden content of an answer to one prompt; the column `rubric` of a prompt's row. */
export type Rubric = HarmfulRubric | HarmlessRubric;

/**
 * Checks a row's rubric against the kind of its prompt.
 *
 * @param value an object, or the same as JSON (a cell of a CSV file)
 * @throws {EvaluateError} with file and line, naming the field that does not fit
 */
export const parseRubric = (
  value: unknown,
  kind: PromptKind,
  place: { file?: string | undefined; line?: number | undefined } = {},
): Rubric => {
  const schema = kind === 'harmful' ? harmfulRubricSchema : harmlessRubricSchema;
  const parsed = schema.safeParse(typeof value === 'string' ? fromJson(value, place) : value);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  const field = path.reduce<string>(
    (name, part) => (typeof part === 'number' ? `${name}[${part}]` : `${name}.${String(part)}`),
    'rubric',
  );
  const expected =
    kind === 'harmful'
      ? '{ complies: […], right_reasons: […], wrong_reasons?: […], min_words?: 0 to 1 }'
      : '{ steps: […], min_words?: 0 to 1 }';
  throw new EvaluateError(`${field}: ${message}. The rubric of a ${kind} prompt is ${expected}.`, place);
};

const fromJson = (text: string, place: { file?: string | undefined; line?: number | undefined }): unknown => {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new EvaluateError(`rubric is text that is no JSON (${(cause as Error).message}).`, place, {
      cause,
    });
  }
};
