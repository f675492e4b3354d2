import { z } from 'zod';

/** Content of a turn: text, or parts that are text, whose other fields reach the chat template. */
export const contentSchema = z.union([z.string(), z.array(z.looseObject({ text: z.string() })).min(1)]);
