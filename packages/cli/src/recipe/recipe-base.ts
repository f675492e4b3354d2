import { z } from 'zod';
import { budgetSchema, roleModelSchema } from '../models/role-model.js';

/** The keys of a recipe that belong to no single stage. */
export const recipeBase = {
  name: z
    .string()
    .regex(/^[\w.-]+$/, 'letters, digits, dots, dashes')
    .describe('name of the output folder: runs/<name>'),
  description: z.string().default('').describe('one sentence for the report'),
  model: z.string().describe('a folder, a .gguf file, a known name, or org/name on a hub'),
  constitution: z.string().default('charter').describe('a constitution file, or the name of one that ships'),
  seed: z.number().int().nonnegative().default(0).describe('random seed of all stages'),
  critic: roleModelSchema
    .optional()
    .describe('model that writes critiques and revisions; default: the model before training'),
  judge: roleModelSchema
    .optional()
    .describe(
      'model that chooses among samples, judges revisions and labels pairs; default: the model before training',
    ),
  budget: budgetSchema
    .optional()
    .describe('budget of critique and of label, each; a stopped stage resumes with a larger one'),
};

export type RecipeBase = z.output<z.ZodObject<typeof recipeBase>>;
