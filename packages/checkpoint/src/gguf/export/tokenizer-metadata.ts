import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { CheckpointError } from '../../checkpoint-error.js';
import { readJson } from '../../read-json.js';
import { preTokenizerName } from './pre-tokenizer-name.js';
import type { GgufValue } from './write-gguf.js';

const merge = z.union([z.string(), z.tuple([z.string(), z.string()])]);
const tokenizerSchema = z.looseObject({
  added_tokens: z
    .array(z.looseObject({ id: z.number(), content: z.string(), special: z.boolean() }))
    .default([]),
  normalizer: z.unknown(),
  pre_tokenizer: z.unknown(),
  post_processor: z.unknown(),
  model: z.looseObject({
    type: z.literal('BPE', { error: 'only BPE can be written as GGUF' }).optional(),
    vocab: z.record(z.string(), z.number()),
    merges: z.array(merge),
    unk_token: z.string().nullish(),
    byte_fallback: z.boolean().nullish(),
    ignore_merges: z.boolean().optional(),
  }),
});
type TokenizerJson = z.infer<typeof tokenizerSchema>;

/** Numbers of `tokenizer.ggml.token_type`. */
const tokenType = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

/** A character that a byte-level token cannot hold; a space in a token of another kind is written as this one. */
const spaceInMerge = 'Ġ';

/**
 * A model folder's tokenizer as GGUF's metadata: vocabulary, merges or scores, special tokens, chat template.
 *
 * @param vocabSize rows of the embedding table; ids without a token become unused ones
 * @throws {CheckpointError} when there is no tokenizer.json, or llama.cpp has no name for its way of cutting text
 */
export const tokenizerMetadata = async (
  folder: string,
  vocabSize: number,
): Promise<Map<string, GgufValue>> => {
  const file = join(folder, 'tokenizer.json');
  const json = await readJson(file);
  if (json === undefined)
    throw new CheckpointError(folder, 'has no tokenizer.json, which a GGUF file has to hold.');
  const parsed = tokenizerSchema.safeParse(json);
  if (!parsed.success) throw new CheckpointError(file, z.prettifyError(parsed.error));
  const tokenizer = parsed.data;
  const config = (await readJson(join(folder, 'tokenizer_config.json'))) ?? {};
  const generation = (await readJson(join(folder, 'generation_config.json'))) ?? {};
  const model = (await readJson(join(folder, 'config.json'))) ?? {};
  const metadata = new Map<string, GgufValue>();

  const added = new Map(tokenizer.added_tokens.map(token => [token.id, token]));
  const texts = new Map(Object.entries(tokenizer.model.vocab).map(([text, id]) => [id, text]));
  for (const { id, content } of tokenizer.added_tokens) texts.set(id, content);
  const highest = [...texts.keys()].reduce((a, b) => Math.max(a, b), -1);
  if (highest >= vocabSize) {
    throw new CheckpointError(file, `has a token ${highest}, but the model's table has ${vocabSize} rows.`);
  }
  const spelled = tokenizer.model.byte_fallback === true;
  const typeOf = (id: number, text: string): number => {
    const special = added.get(id)?.special;
    if (spelled && text === tokenizer.model.unk_token) return tokenType.unknown;
    if (special !== undefined) return special ? tokenType.control : tokenType.userDefined;
    return spelled && /^<0x[0-9A-F]{2}>$/.test(text) ? tokenType.byte : tokenType.normal;
  };
  const ids = Array.from({ length: vocabSize }, (_, id) => id);
  const types = ids.map(id => (texts.has(id) ? typeOf(id, texts.get(id)!) : tokenType.unused));
  const kind = spelled ? sentencePiece(tokenizer, texts, vocabSize) : byteLevel(tokenizer, file);
  for (const [key, value] of kind) metadata.set(`tokenizer.ggml.${key}`, value);
  metadata
    .set(
      'tokenizer.ggml.tokens',
      ids.map(id => texts.get(id) ?? `[PAD${id}]`),
    )
    .set('tokenizer.ggml.token_type', Int32Array.from(types));

  const idOf = new Map([...texts].map(([id, text]) => [text, id]));
  const special = (name: string) => {
    const token = field(config, `${name}_token`);
    const text = typeof token === 'object' ? field(token, 'content') : token;
    return (
      idOf.get(`${text}`) ??
      firstId(field(model, `${name}_token_id`)) ??
      firstId(field(generation, `${name}_token_id`))
    );
  };
  const names = { bos: 'bos', eos: 'eos', unk: 'unknown', pad: 'padding' };
  for (const [name, key] of Object.entries(names)) {
    const id = special(name);
    if (id !== undefined && id < vocabSize) metadata.set(`tokenizer.ggml.${key}_token_id`, { uint32: id });
  }
  // Models that end a turn by a token of their own say so in generation_config.json.
  const turnEnd = [field(generation, 'eos_token_id')]
    .flat()
    .find(id => typeof id === 'number' && id !== special('eos'));
  if (typeof turnEnd === 'number') metadata.set('tokenizer.ggml.eot_token_id', { uint32: turnEnd });
  for (const [name, place] of [
    ['bos', 0],
    ['eos', -1],
  ] as const) {
    const adds = field(config, `add_${name}_token`);
    const id = special(name);
    const inTemplate = id !== undefined && texts.get(id) === templateToken(tokenizer.post_processor, place);
    metadata.set(`tokenizer.ggml.add_${name}_token`, typeof adds === 'boolean' ? adds : inTemplate);
  }
  for (const [key, template] of await chatTemplates(folder, config)) metadata.set(key, template);
  return metadata;
};

const byteLevel = (tokenizer: TokenizerJson, file: string): [string, GgufValue][] => {
  const pre = preTokenizerName(tokenizer);
  if (pre === undefined) {
    throw new CheckpointError(
      file,
      'cuts text in a way that llama.cpp has no name for, or none that is known here (pre_tokenizer, normalizer, ignore_merges).',
    );
  }
  const merges = tokenizer.model.merges.map(pair =>
    typeof pair === 'string' ? pair : pair.map(part => part.replaceAll(' ', spaceInMerge)).join(' '),
  );
  return [
    ['model', 'gpt2'],
    ['pre', pre],
    ['merges', merges],
  ];
};

/** SentencePiece's kind, where llama.cpp merges into the piece of the highest score: the earlier the merge, the higher. */
const sentencePiece = (
  tokenizer: TokenizerJson,
  texts: ReadonlyMap<number, string>,
  vocabSize: number,
): [string, GgufValue][] => {
  const rank = new Map<string, number>();
  for (const pair of tokenizer.model.merges) {
    const piece = typeof pair === 'string' ? pair.replace(' ', '') : pair.join('');
    if (!rank.has(piece)) rank.set(piece, rank.size);
  }
  const scores = Float32Array.from({ length: vocabSize }, (_, id) => {
    const text = texts.get(id);
    // What no merge makes comes last: single characters, and tokens that are found before any merge.
    return text === undefined ? -1e4 : -(rank.get(text) ?? rank.size);
  });
  const prefix = JSON.stringify([tokenizer.normalizer, tokenizer.pre_tokenizer]);
  return [
    ['model', 'llama'],
    ['pre', 'default'],
    ['scores', scores],
    ['add_space_prefix', /"Prepend"|"prepend_scheme":"(first|always)"/.test(prefix)],
  ];
};

const field = (object: unknown, name: string): unknown => (object as Record<string, unknown> | null)?.[name];

const firstId = (value: unknown): number | undefined => {
  const [id] = [value].flat();
  return typeof id === 'number' ? id : undefined;
};

/** The special token at the beginning (0) or the end (-1) of `TemplateProcessing`. */
const templateToken = (processor: unknown, place: 0 | -1): string | undefined => {
  const { type, single, processors } = (processor ?? {}) as {
    type?: string;
    single?: { SpecialToken?: { id: string } }[];
    processors?: unknown[];
  };
  if (type === 'Sequence') return processors?.map(one => templateToken(one, place)).find(Boolean);
  return single?.at(place)?.SpecialToken?.id;
};

const chatTemplates = async (folder: string, config: unknown): Promise<[string, string][]> => {
  const read = (name: string) => readFile(join(folder, name), 'utf8').catch(() => undefined);
  const inConfig = field(config, 'chat_template');
  const named = Array.isArray(inConfig) ? (inConfig as { name: string; template: string }[]) : [];
  const main =
    (await read('chat_template.jinja')) ??
    (typeof inConfig === 'string' ? inConfig : named.find(({ name }) => name === 'default')?.template);
  const others = await readdir(join(folder, 'additional_chat_templates')).catch(() => []);
  const found: [string, string][] = main === undefined ? [] : [['tokenizer.chat_template', main]];
  for (const { name, template } of named)
    if (name !== 'default') found.push([`tokenizer.chat_template.${name}`, template]);
  for (const name of others) {
    const text = name.endsWith('.jinja') ? await read(join('additional_chat_templates', name)) : undefined;
    if (text !== undefined) found.push([`tokenizer.chat_template.${name.slice(0, -6)}`, text]);
  }
  return found;
};
