import type { ChoiceQuestion } from '@charter/evaluate';
import { z } from 'zod';
import { CliError } from '../command-line/cli-error.js';
import type { CommandContext } from '../command-line/command.js';
import type { RowSource } from '../data/row-source.js';
import { sourceRows } from '../data/source-rows.js';

const options = z.array(z.string().min(1)).min(1);
const questionSchema = z.object({ prompt: z.string().min(1), corrects: options, incorrects: options });

/**
 * Multiple-choice questions in the columns of anthropics/ConstitutionalHarmlessnessPaper, evals/: `prompt`, `corrects`
 * and `incorrects`.
 *
 * @throws {CliError} naming file and row of one that does not fit
 */
export const choiceQuestions = async (
  source: RowSource,
  context: CommandContext,
): Promise<ChoiceQuestion[]> => {
  const rows = await sourceRows('prompt', source, context, { keep: ['prompt', 'corrects', 'incorrects'] });
  return rows.map(({ kept, source: { file, row } }) => {
    const result = questionSchema.safeParse(kept);
    if (result.success) return result.data;
    const { path, message } = result.error.issues[0]!;
    throw new CliError(
      `${file}, row ${row}: ${path.join('.') || 'the row'}: ${message}. Expected {"prompt": "… The answer is:", ` +
        '"corrects": [" (A)"], "incorrects": [" (B)"]}.',
    );
  });
};
