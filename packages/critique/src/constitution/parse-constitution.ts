import { z } from 'zod';
import { contentHash } from '../seeded-choice.js';
import { asMessages, type Constitution } from './constitution.js';
import { readForeignConstitution } from './constitution-formats.js';
import { parseLocatedYaml } from './located-yaml.js';

const text = z.string().trim().min(1, 'must not be empty');
const message = z.strictObject({ role: z.enum(['system', 'user', 'assistant']), content: text });

const principleSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/, 'must be of lower-case letters, digits and hyphens'),
  statement: text.optional(),
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
 * @param file name of the text in errors; a foreign format, which holds no name, is named after it
 * @throws {CritiqueError} naming file, line and path of the first mistake
 */
export const parseConstitution = (text: string, file = 'constitution.yaml'): Constitution => {
  const source = parseLocatedYaml(text, file);
  const name = file.replace(/^.*[\\/]/, '').replace(/\.json$/, '');
  const read = readForeignConstitution(source, name) ?? fromSchema(source.check(constitutionSchema));
  return { ...read, file, hash: contentHash(read.principles, read.examples) };
};

const fromSchema = (read: z.output<typeof constitutionSchema>): Omit<Constitution, 'file' | 'hash'> => {
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
};
