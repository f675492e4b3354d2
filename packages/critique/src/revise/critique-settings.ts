import { z } from 'zod';
import { describePath } from '../constitution/located-yaml.js';
import { CritiqueError } from '../critique-error.js';
import { type Gate, type GateName, type GateSettings, gateNames, isGate } from '../gates/gates.js';
import { type CritiqueModeName, critiqueModes } from './critique-requests.js';

const sampling = (max_new_tokens: number) =>
  z
    .strictObject({
      max_new_tokens: z.number().int().positive().default(max_new_tokens),
      temperature: z.number().nonnegative().default(1).describe('0 is greedy; the paper samples at 1'),
      top_p: z.number().positive().max(1).optional(),
      top_k: z.number().int().nonnegative().optional(),
      min_p: z.number().min(0).max(1).optional(),
      repetition_penalty: z.number().positive().optional(),
    })
    .prefault({});

const gateSettings = z
  .object(
    Object.fromEntries(
      gateNames.map(name => [name, z.union([z.boolean(), z.number().nonnegative()]).optional()]),
    ) as Record<GateName, z.ZodOptional<z.ZodUnion<[z.ZodBoolean, z.ZodNumber]>>>,
  )
  .catchall(
    z.custom<Gate>(
      isGate,
      `unknown gate; there are ${gateNames.join(', ')}. One of your own is an object { parts, meaning, reason }`,
    ),
  ) as unknown as z.ZodType<GateSettings, GateSettings>;

/** Settings that decide what is written: the keys of a recipe, their defaults and their help texts. */
export const critiqueSettingsSchema = z.strictObject({
  mode: z
    .enum(Object.keys(critiqueModes) as [CritiqueModeName, ...CritiqueModeName[]])
    .default('chat')
    .describe(
      'few-shot: the paper’s raw transcript; chat: turns of a chat, as llm-swarm; direct: revision without a critique; ' +
        'in-context: a new answer with the principles in the system prompt, for models that cannot criticise',
    ),
  revisions: z
    .number()
    .int()
    .min(1)
    .default(1)
    .describe('revisions in a row for each prompt; the paper makes 4'),
  seed: z
    .number()
    .int()
    .nonnegative()
    .default(0)
    .describe('of the draws of principles and of every sampled text'),
  few_shot: z
    .number()
    .int()
    .nonnegative()
    .default(4)
    .describe('how many of the constitution’s examples stand in front; all where it has fewer'),
  retries: z
    .number()
    .int()
    .nonnegative()
    .default(1)
    .describe('further attempts at a revision that a gate rejected, each by another principle'),
  principles_per_critique: z
    .number()
    .int()
    .min(1)
    .default(1)
    .describe('principles that one critique and revision go by together; all where there are fewer'),
  samples: z
    .number()
    .int()
    .min(1)
    .max(8)
    .default(1)
    .describe('revisions sampled for each that is wanted; the judge chooses the best, asked in both orders'),
  judge_revisions: z
    .boolean()
    .default(false)
    .describe('asks the judge whether each revision is better than the answer before (gate harm-kept)'),
  harmful_phrases: z
    .array(z.string().trim().min(1))
    .default([])
    .describe('texts that no revision may contain, capitals aside (gate harm-kept)'),
  answer_format: z
    .enum(['chat', 'transcript'])
    .default('chat')
    .describe('how the first answer is asked for: by the chat template, or as a raw "Human: …" transcript'),
  sampling: z
    .strictObject({ answer: sampling(300), critique: sampling(200), revision: sampling(300) })
    .prefault({})
    .describe('for each of the three texts'),
  gates: gateSettings.default({}).describe('false switches a gate off, a number is its limit'),
});

export type CritiqueSettings = z.output<typeof critiqueSettingsSchema>;

/** Settings with their defaults. @throws {CritiqueError} naming the first setting that does not fit */
export const critiqueSettings = (settings: z.input<typeof critiqueSettingsSchema> = {}): CritiqueSettings => {
  const result = critiqueSettingsSchema.safeParse(settings);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0]!;
  throw new CritiqueError(`setting ${describePath(path)}: ${message}`);
};
