import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { commands } from '../packages/cli/src/commands.js';
import { recipeSchema } from '../packages/cli/src/recipe/recipe.js';
import { files, packages, read } from './workspace.js';

// The rules of docs/naming.md that a program can check.

const kebabCase = /^[a-z0-9]+(-[a-z0-9]+)*$/;
const snakeCase = /^[a-z0-9]+(_[a-z0-9]+)*$/;

type JsonSchema = { properties?: Record<string, JsonSchema>; description?: string } & Record<string, unknown>;

/** Keys that a schema gives to its objects, at any depth, as paths; keys that users choose are not among them. */
const keysOf = (schema: unknown, path = ''): { path: string; key: string; described: boolean }[] => {
  if (typeof schema !== 'object' || schema === null) return [];
  if (Array.isArray(schema)) return schema.flatMap(item => keysOf(item, path));
  const { properties = {}, ...rest } = schema as JsonSchema;
  const own = Object.entries(properties).flatMap(([key, value]) => [
    { path: `${path}${key}`, key, described: value.description !== undefined },
    ...keysOf(value, `${path}${key}.`),
  ]);
  const below = ['items', 'anyOf', 'allOf', 'oneOf', 'additionalProperties', 'prefixItems', '$defs'];
  return [
    ...own,
    ...below.flatMap(name => keysOf(name === '$defs' ? Object.values(rest.$defs ?? {}) : rest[name], path)),
  ];
};

/** Paths of the keys that are not snake_case. Gates are named as they stand in the rows that they rejected. */
const notSnakeCase = (keys: readonly { path: string; key: string }[]): string[] =>
  keys
    .filter(({ path, key }) => !snakeCase.test(key) && !/\bgates\.[a-z-]+$/.test(path))
    .map(({ path }) => path);

const jsonSchema = (schema: z.ZodType) => z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' });

describe.each(Object.entries(commands))('charter %s', (_, { load }) => {
  test('options are --kebab-case, and each has a description', async () => {
    const { options } = await load();
    const shape = Object.entries(options.shape as Record<string, z.ZodType>);
    expect(shape.map(([name]) => name).filter(name => !kebabCase.test(name))).toEqual([]);
    const { properties = {} } = jsonSchema(options) as JsonSchema;
    const silent = shape.map(([name]) => name).filter(name => !properties[name]?.description);
    expect(silent).toEqual([]);
  });
});

test('keys of a recipe are snake_case', () => {
  const keys = keysOf(jsonSchema(recipeSchema));
  expect(keys.length).toBeGreaterThan(50);
  expect(notSnakeCase(keys)).toEqual([]);
});

/** `name: schema` of each options schema that a package exports. */
const optionSchemas = async (folder: string): Promise<[string, z.ZodType][]> => {
  const exported = (await import(`@charter/${folder}`)) as Record<string, unknown>;
  return Object.entries(exported).filter(
    (entry): entry is [string, z.ZodType] =>
      /(Options|Settings)Schema$/.test(entry[0]) && entry[1] instanceof z.ZodType,
  );
};

test.each(['critique', 'dpo', 'evaluate', 'generate', 'sft', 'trainer'])(
  'options objects of %s are snake_case',
  async folder => {
    const schemas = await optionSchemas(folder);
    expect(schemas.length).toBeGreaterThan(0);
    for (const [name, schema] of schemas) {
      expect({ name, wrong: notSnakeCase(keysOf(jsonSchema(schema))) }).toEqual({ name, wrong: [] });
    }
  },
);

const sources = files('packages/*/src/**/*.ts');

test('no doc comment opens with What, Whether or How', () => {
  const found = sources.flatMap(file =>
    [...read(file).matchAll(/\/\*\*\s*(?:\*\s*)?(What|Whether|How|Whom)\b.*/g)].map(match => {
      const line = read(file).slice(0, match.index).split('\n').length;
      return `${file}:${line}: ${match[0].trim()}`;
    }),
  );
  expect(found).toEqual([]);
});

/** Words of earlier days, with the field's term. */
const replaced: Readonly<Record<string, string>> = {
  CacheRoom: 'KeyValueCacheAllocator',
  NextScores: 'NextLogits',
  BestScores: 'TopKLogits',
  likeliest: 'most likely, argmax',
  tokens_at_once: 'max_tokens_per_microbatch',
  scatterRows: 'scatterAddRows',
  regroup: 'permuteRows',
  repeatRows: 'gatherWithRepeats',
  weightsInFewBits: 'quantized',
  'in few bits': 'quantized',
  alikeUpTo: 'prefixStableUpTo',
  recomputedLength: 'cacheInvalidatedAt',
  RowTrouble: 'UnusableRowError',
  FrozenModel: 'PretrainedModel',
  BaseModel: 'PretrainedModel',
  OpenModel: 'PretrainedModel',
  fewShot: 'few_shot',
  principlesAtOnce: 'principles_per_critique',
  judgeRevisions: 'judge_revisions',
  harmfulPhrases: 'harmful_phrases',
  answerFormat: 'answer_format',
  learnt: 'trained, learned',
  'at most so many': 'at most N',
  'each so many': 'every N',
  'so many': 'N',
};

test.each(Object.entries(replaced))('nobody says "%s" (the word is %s)', old => {
  const pattern = new RegExp(`(?<![A-Za-z])${old}(?![A-Za-z])`);
  const places = [
    ...sources,
    ...files('docs/**/*.md', 'packages/*/README.md', '*.md', 'bench/**/*.ts', 'examples/**/*.ts'),
  ];
  const found = places.flatMap(file =>
    read(file)
      .split('\n')
      .flatMap((line, i) => (pattern.test(line) ? [`${file}:${i + 1}: ${line.trim()}`] : [])),
  );
  expect(found).toEqual([]);
});

test('public names are camelCase, PascalCase for types', async () => {
  for (const folder of packages.keys()) {
    const index = read(`packages/${folder}/src/index.ts`);
    const names = [...index.matchAll(/(?:export|,|\{)\s*(?:type )?([A-Za-z_$][\w$]*)(?=\s*[,}])/g)].map(
      match => match[1]!,
    );
    expect({ folder, wrong: names.filter(name => name.includes('_')) }).toEqual({ folder, wrong: [] });
  }
});
