import { type CritiqueRow, readJsonl } from '@charter/critique';
import { type RecipeRun, withWriter } from '../recipe-run.js';
import { runStage, type StageOutcome } from '../stage-folder.js';
import type { FineTuned } from './fine-tune.js';
import type { Optimized } from './optimize.js';
import type { Revisions } from './revise.js';

/** A prompt that was criticised, with its critique, its revision, and every stage's answer to it. */
export interface AnsweredAgain {
  readonly row: CritiqueRow;
  readonly answers: Readonly<Partial<Record<'sft' | 'dpo', string>>>;
}

/** How many rows of critique-revision the report shows with all their texts. */
const SHOWN = 24;

/** The first rows of a file of critique rows. */
export const shownRows = async (file: string): Promise<CritiqueRow[]> => {
  const rows: CritiqueRow[] = [];
  for await (const row of readJsonl(file)) {
    rows.push(row as unknown as CritiqueRow);
    if (rows.length === SHOWN) break;
  }
  return rows;
};

/**
 * What the trained models say to the first prompts that were criticised, to be read beside critique and revision.
 * These prompts were trained on: nothing is measured here.
 */
export const answerAgain = async (
  run: RecipeRun,
  revisions: StageOutcome<Revisions>,
  trained: Readonly<Record<'sft' | 'dpo', StageOutcome<FineTuned | Optimized> | undefined>>,
): Promise<StageOutcome<AnsweredAgain[]> | undefined> => {
  const { recipe, terminal, signal } = run;
  if (recipe.revisions.from !== 'critique') return undefined;
  const { max_new_tokens } = recipe.revisions.sampling.answer;
  return runStage<AnsweredAgain[]>(run, {
    name: 'answers',
    basis: {
      max_new_tokens,
      revisions: revisions.fingerprint,
      trained: [trained.sft?.fingerprint, trained.dpo?.fingerprint],
    },
    run: async () => {
      const rows = await shownRows(revisions.result.file);
      const answersOf = async (stage: 'sft' | 'dpo'): Promise<string[] | undefined> => {
        const adapter = trained[stage]?.result.adapter;
        if (!adapter) return undefined;
        return withWriter(run, adapter, async writer => {
          const line = terminal.progress('answers', rows.length);
          let done = 0;
          const answers = rows.map(async ({ messages }) => {
            const prompt = messages.slice(0, -1);
            const { text } = await writer.generate({ prompt, max_new_tokens, temperature: 0, signal });
            line.update(++done, `after ${stage.toUpperCase()}, to prompts that were criticised`);
            return text;
          });
          return Promise.all(answers).finally(line.stop);
        });
      };
      const sft = await answersOf('sft');
      const dpo = await answersOf('dpo');
      signal.throwIfAborted();
      return rows.map((row, i) => ({
        row,
        answers: { ...(sft && { sft: sft[i] as string }), ...(dpo && { dpo: dpo[i] as string }) },
      }));
    },
  });
};
