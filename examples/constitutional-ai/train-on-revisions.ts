import { join } from 'node:path';
import { promptFile } from '@charter/charter-tiny';
import type { CritiqueRow } from '@charter/critique';
import { collect, readRows } from '@charter/datasets';
import { dpo } from '@charter/dpo';
import type { PretrainedModel } from '@charter/models';
import { sft } from '@charter/sft';
import type { Runtime } from '@charter/tensor';

/** Second notebook: SFT on the revisions and on helpful answers, then DPO on pairs of revision and first answer. */
export const trainOnRevisions = async (
  runtime: Runtime,
  model: PretrainedModel,
  rows: readonly CritiqueRow[],
  folder: string,
): Promise<{ sft: string; dpo: string }> => {
  const adapters = { sft: join(folder, 'sft'), dpo: join(folder, 'dpo') };
  const helpful = await collect(readRows(promptFile('helpful'), { as: 'sft', limit: rows.length }));
  const tuned = await sft({
    runtime,
    model,
    rows: [
      ...rows.map(({ messages }) => ({ prompt: messages.slice(0, -1), completion: messages.slice(-1) })),
      ...helpful,
    ],
    out: adapters.sft,
    options: {
      num_train_epochs: 5,
      per_device_train_batch_size: 12,
      learning_rate: 2e-3,
      lr_scheduler_type: 'cosine',
      max_length: 512,
    },
  });
  console.log(`SFT: loss ${tuned.last.train?.loss?.toFixed(2)} after ${tuned.global_step} steps`);
  const preferred = await dpo({
    runtime,
    model,
    rows: rows.map(({ chosen, rejected }) => ({
      prompt: chosen.slice(0, -1),
      chosen: chosen.slice(-1),
      rejected: rejected.slice(-1),
    })),
    // Rewards start at 0: the reference is the adapter as SFT left it.
    adapter: adapters.sft,
    reference: { adapter: adapters.sft },
    out: adapters.dpo,
    options: { num_train_epochs: 1, per_device_train_batch_size: 12, learning_rate: 2e-4, max_length: 512 },
  });
  console.log(
    `DPO: margin ${Number(preferred.last.train?.['rewards/margins']).toFixed(2)} after ${preferred.global_step} steps\n`,
  );
  return adapters;
};
