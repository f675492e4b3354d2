import { z } from 'zod';

/** Rows of one kind: a file, folder, pattern, hub dataset, or the name of a prompt file that ships. */
export const rowSourceSchema = z.strictObject({
  data: z.string().describe('file, folder or pattern; datasets/org/name on a hub; or a name that ships'),
  split: z.string().optional().describe('use only the files of this split, such as train_sft'),
  skip: z.number().int().nonnegative().default(0).describe('skip the first N rows'),
  limit: z.number().int().positive().optional().describe('use at most N rows'),
});

export type RowSource = z.input<typeof rowSourceSchema>;
