import { readRecords } from '@charter/datasets';
import type { ChoiceQuestion } from '@charter/evaluate';
import { ZodError } from 'zod';
import { CliError } from '../command-line/cli-error.js';
import type { CommandContext } from '../command-line/command.js';
import { localData } from '../data/local-data.js';
import type { RowSource } from '../data/row-source.js';
import { choiceFormOf, choiceForms } from './choice-forms.js';

/**
 * Multiple-choice questions of a file, whose form is known by its columns.
 *
 * @throws {CliError} naming file and row of one that does not fit
 */
export const choiceQuestions = async (
  { data, split, skip = 0, limit }: RowSource,
  context: CommandContext,
): Promise<ChoiceQuestion[]> => {
  const { path } = await localData(data, split, context);
  const questions: ChoiceQuestion[] = [];
  for await (const { record, source } of readRecords(path, { split, limit: limit && skip + limit })) {
    const at = `${source.file}, row ${source.row}`;
    const form = choiceFormOf(record);
    if (!form) {
      const known = Object.entries(choiceForms).map(
        ([name, { columns }]) => `${name} (${columns.join(', ')})`,
      );
      throw new CliError(
        `${at}: its columns ${Object.keys(record).join(', ')} are those of no multiple-choice form. The forms are ` +
          `${known.join('; ')}. The first is plain: {"prompt": "… The answer is:", "corrects": [" (A)"], "incorrects": [" (B)"]}.`,
      );
    }
    try {
      questions.push(form.read(record));
    } catch (error) {
      if (!(error instanceof ZodError)) throw error;
      const { path: where, message } = error.issues[0]!;
      throw new CliError(`${at}: ${where.join('.') || 'the row'}: ${message}.`);
    }
  }
  if (questions.length <= skip) throw new CliError(`${data}: there are no questions in it.`);
  return questions.slice(skip);
};
