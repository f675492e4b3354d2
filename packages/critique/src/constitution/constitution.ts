import type { Message } from '@charter/generate';
import { z } from 'zod';
import { contentHash } from '../seeded-choice.js';
import { readForeignConstitution } from './constitution-formats.js';
import { parseLocatedYaml } from './located-yaml.js';

/** One principle, asked in three ways. `comparison` is needed for labels only; foreign formats have none. */
export interface Principle {
  id: string;
  critique: string;
  revision: string;
  comparison?: string | undefined;
  /** How often it is drawn, relative to the others; default 1, and 0 is never drawn. */
  weight: number;
  tags: string[];
}

/** A worked example that shows the model what a critique and a revision look like. */
export interface ConstitutionExample {
  prompt: Message[];
  response: string;
  principle?: string | undefined;
  critique_request: string;
  critique: string;
  revision_request: string;
  revision: string;
}

export interface Constitution {
  name: string;
  description: string;
  /** Path of the file it was read from. */
  file: string;
  /** Of everything that can change a generated text: principles and examples, not names and descriptions. */
  hash: string;
  principles: Principle[];
  examples: ConstitutionExample[];
}

const text = z.string().trim().min(1, 'must not be empty');
const message = z.strictObject({ role: z.enum(['system', 'user', 'assistant']), content: text });

const principleSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'must be of lower-case letters, digits and hyphens'),
  critique: text,
  revision: text,
  comparison: text,
  weight: z.number().nonnegative().default(1),
  tags: z.array(text).default([]),
});

const exampleSchema = z.strictObject({
  prompt: z.union([text, z.array(message).min(1)]),
  response: text,
  principle: text.optional(),
  critique_request: text.optional(),
  critique: text,
  revision_request: text.optional(),
  revision: text,
});

/** The YAML format of a constitution, as it stands in the file. */
export const constitutionSchema = z
  .strictObject({
    name: text,
    description: text.default(''),
    principles: z.array(principleSchema).min(1, 'must hold at least one principle'),
    examples: z.array(exampleSchema).default([]),
  })
  .superRefine(({ principles, examples }, context) => {
    const ids = principles.map(({ id }) => id);
    const issue = (path: PropertyKey[], problem: string) =>
      context.addIssue({ code: 'custom', path, message: problem });
    ids.forEach((id, at) => {
      if (ids.indexOf(id) < at) issue(['principles', at, 'id'], `"${id}" is used twice; give each its own`);
    });
    if (principles.every(({ weight }) => weight === 0)) {
      issue(['principles'], 'every weight is 0, so that none could be drawn');
    }
    examples.forEach((example, at) => {
      if (example.principle === undefined) {
        for (const key of ['critique_request', 'revision_request'] as const) {
          if (!example[key]) issue(['examples', at], `needs ${key}, or principle with the id of one`);
        }
      } else if (!ids.includes(example.principle)) {
        issue(['examples', at, 'principle'], `there is no principle "${example.principle}"`);
      }
    });
  });

/**
 * A constitution from its text: our YAML, llm-swarm's `constitution_anthropic.json`, or the
 * `CritiqueRevisionInstructions.json` of anthropics/ConstitutionalHarmlessnessPaper.
 *
 * @param file what errors call it; a foreign format, which has no name of its own, is named after it
 * @throws {CritiqueError} naming file, line and path of the first mistake
 */
export function parseConstitution(text: string, file = 'constitution.yaml'): Constitution {
  const source = parseLocatedYaml(text, file);
  const name = file.replace(/^.*[\\/]/, '').replace(/\.json$/, '');
  const read = readForeignConstitution(source, name) ?? fromSchema(source.check(constitutionSchema));
  return { ...read, file, hash: contentHash(read.principles, read.examples) };
}

function fromSchema(read: z.output<typeof constitutionSchema>): Omit<Constitution, 'file' | 'hash'> {
  const principles = new Map(read.principles.map(principle => [principle.id, principle]));
  const examples = read.examples.map(example => {
    const principle = principles.get(example.principle ?? '');
    return {
      ...example,
      prompt: asMessages(example.prompt),
      critique_request: example.critique_request ?? principle!.critique,
      revision_request: example.revision_request ?? principle!.revision,
    };
  });
  return { ...read, examples };
}

/** A prompt as messages: a plain text is what the user says. */
export function asMessages(prompt: string | Message[]): Message[] {
  return typeof prompt === 'string' ? [{ role: 'user', content: prompt }] : prompt;
}
