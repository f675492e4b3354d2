import { join } from 'node:path';
import { promptFile } from '@charter/charter-tiny';
import { readJsonl } from '@charter/core/node';
import { type CritiqueRow, critiqueRevise, loadConstitution } from '@charter/critique';
import { collect, readRows } from '@charter/datasets';
import type { LanguageModel } from '@charter/generate';

/** First notebook: the model answers red-team prompts, criticises its answers by a principle, and rewrites them. */
export const makeRevisions = async (model: LanguageModel, folder: string): Promise<CritiqueRow[]> => {
  const out = join(folder, 'revisions.jsonl');
  const { accepted, rejected } = await critiqueRevise({
    model,
    constitution: await loadConstitution('household'),
    prompts: await collect(readRows(promptFile('harmful'), { as: 'prompt', limit: 24 })),
    out,
    // A model of one small world needs no examples, and criticises two cases of one harm alike.
    few_shot: 0,
    gates: { 'critique-repeated': false },
    sampling: {
      answer: { max_new_tokens: 96, temperature: 0.7 },
      critique: { max_new_tokens: 64, temperature: 0.3 },
      revision: { max_new_tokens: 96, temperature: 0.3 },
    },
  });
  const rows: CritiqueRow[] = [];
  for await (const row of readJsonl(out)) rows.push(row as unknown as CritiqueRow);
  const [row] = rows as [CritiqueRow];
  console.log(`${accepted} of ${accepted + rejected} answers were rewritten, such as\n`);
  console.log(`  prompt    ${row.init_prompt}`);
  console.log(`  answer    ${row.init_response}`);
  console.log(`  critique  ${row.critic_response}`);
  console.log(`  revision  ${row.revision_response}\n`);
  return rows;
};
