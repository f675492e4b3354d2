import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tokenizePairs } from '@charter/dpo';
import { tokenizeSft } from '@charter/sft';
import { createTokenizer, endTokenIds, loadTokenizer, type Tokenizer } from '@charter/tokenizer';
import { packBatch } from '@charter/trainer';
import { beforeAll, describe, expect, it } from 'vitest';
import { charter } from '../charter-command.js';

const folder = 'fixtures/models/llama';
const json = async (file: string) => JSON.parse(await readFile(`${folder}/${file}`, 'utf8'));
const user = (content: string) => ({ role: 'user', content }) as const;
const assistant = (content: string) => ({ role: 'assistant', content }) as const;
const options = { max_length: 128, completion_only_loss: undefined, assistant_only_loss: false };
const row = { prompt: [user('Is snow cold?')], completion: [assistant('Yes.')] };

describe('traps in the tokens', () => {
  let tokenizer: Tokenizer;
  /** The same vocabulary with other settings. */
  const withConfig = async (changes: object, template?: string, json_changes: object = {}) =>
    createTokenizer({
      tokenizerJson: { ...(await json('tokenizer.json')), ...json_changes },
      tokenizerConfig: { ...(await json('tokenizer_config.json')), ...changes },
      chatTemplate: template ?? tokenizer.chatTemplate,
    });
  beforeAll(async () => {
    tokenizer = await loadTokenizer(folder);
  });

  it('trap 1, endless generation: the end token is in the loss, also where it is the padding token, and its absence is counted', async () => {
    const end = tokenizer.eosTokenId!;
    const same = await withConfig({ pad_token: tokenizer.eosToken });
    expect(same.padTokenId).toBe(end);
    const long = { prompt: [user('And rain?')], completion: [assistant('It depends on the season.')] };
    const { examples, counts } = tokenizeSft([row, long], same, options);
    for (const { ids, lossMask } of examples) expect(lossMask[ids.lastIndexOf(end)]).toBe(true);
    expect(counts.eos_in_loss).toBe(2);
    // Padding, on the other hand, carries no label: the batch has as many as there are tokens with a loss.
    const trees = examples.map(branch => ({ prefix: [], branches: [branch] }));
    const { feeds } = packBatch(trees, { packing: false });
    expect(feeds.labels!.data).toHaveLength(counts.trained_tokens);

    const endless = await withConfig(
      {},
      '{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}',
    );
    expect(tokenizeSft([row], endless, options).counts).toMatchObject({ rows: 1, eos_in_loss: 0 });
    const cut = { ...options, max_length: examples[0]!.ids.lastIndexOf(end) };
    expect(tokenizeSft([row], tokenizer, cut).counts).toMatchObject({
      truncated: 1,
      dropped: 0,
      eos_in_loss: 0,
    });
  });

  it('trap 1, a base model whose EOS is not what its template writes: the turn’s end is in the loss, stopped at, and in generation_config.json', async () => {
    const base = await withConfig({ eos_token: '<|endoftext|>' });
    expect(endTokenIds(base)).toEqual([0, 2]);
    expect(tokenizeSft([row], base, options).counts).toMatchObject({ rows: 1, eos_in_loss: 1 });

    const root = await mkdtemp(join(tmpdir(), 'trap-1-'));
    const model = join(root, 'base');
    await cp(folder, model, { recursive: true });
    const change = async (file: string, changes: object) =>
      writeFile(join(model, file), JSON.stringify({ ...(await json(file)), ...changes }));
    await change('tokenizer_config.json', { eos_token: '<|endoftext|>' });
    await change('generation_config.json', { eos_token_id: 0 });
    const out = join(root, 'merged');
    const adapter = 'fixtures/adapters/llama-all-linear';
    const { status, stderr } = await charter(['merge', '--model', model, '--adapter', adapter, '--out', out]);
    expect(status, stderr).toBe(0);
    const written = JSON.parse(await readFile(join(out, 'generation_config.json'), 'utf8'));
    expect(written).toEqual({ ...(await json('generation_config.json')), eos_token_id: [0, 2] });
    await rm(root, { recursive: true });
  });

  it('trap 2, BOS doubled or missing: one where template and tokenizer both write it, one before plain text, none where the model has none', async () => {
    const bos = '<|endoftext|>';
    const id = 0;
    const post_processor = {
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: bos, type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
      pair: [],
      special_tokens: { [bos]: { id: bos, ids: [id], tokens: [bos] } },
    };
    const adding = await withConfig({ bos_token: bos }, `{{ bos_token }}${tokenizer.chatTemplate}`, {
      post_processor,
    });
    const starts = (ids: readonly number[]) => ids.filter(token => token === id).length;
    const { examples } = tokenizeSft([row, { text: 'Snow is cold.' }], adding, options);
    for (const { ids } of examples) expect([ids[0], starts(ids)]).toEqual([id, 1]);
    const { pairs } = tokenizePairs([{ prompt: 'Is it?', chosen: ' Yes', rejected: ' No' }], adding, options);
    expect([pairs[0]!.prompt[0], starts(pairs[0]!.prompt), starts(pairs[0]!.chosen)]).toEqual([id, 1, 0]);
    expect(tokenizer.bosTokenId).toBeUndefined();
    expect(starts(tokenizeSft([row], tokenizer, options).examples[0]!.ids)).toBe(0);
  });

  it('trap 3, an extra EOS: answers of a chat have the template’s one, plain answers get one', () => {
    const end = tokenizer.eosTokenId!;
    const { pairs } = tokenizePairs(
      [
        { prompt: row.prompt, chosen: row.completion, rejected: [assistant('No.')] },
        { prompt: 'Is it?', chosen: ' Yes', rejected: ` No${tokenizer.eosToken}` },
      ],
      tokenizer,
      options,
    );
    for (const { chosen, rejected } of pairs) {
      for (const answer of [chosen, rejected]) expect(answer.filter(id => id === end)).toHaveLength(1);
    }
  });

  it('trap 4, an assistant mask of zeros: found without generation markers, the same as with them, and an error where there is no assistant', async () => {
    const messages = [user('Snow?'), assistant('Cold.'), user('Sun?'), assistant('Warm.')];
    const only = { ...options, assistant_only_loss: true };
    const marked = await withConfig({}, await readFile('fixtures/inputs/chatml-generation.jinja', 'utf8'));
    const trained = (t: Tokenizer) => {
      const [{ ids, lossMask }] = tokenizeSft([{ messages }], t, only).examples as [
        { ids: number[]; lossMask: boolean[] },
      ];
      return t.decode(ids.filter((_, i) => lossMask[i]));
    };
    expect(tokenizer.chatTemplate).not.toContain('generation %}');
    expect(trained(tokenizer).replaceAll('\n', '')).toBe('Cold.<|im_end|>Warm.<|im_end|>');
    expect(trained(marked).replaceAll('\n', '')).toBe(trained(tokenizer).replaceAll('\n', ''));
    expect(() => tokenizeSft([{ text: 'Snow' }], tokenizer, only)).toThrow(
      'Row 1: assistant_only_loss needs messages, but this is plain text.',
    );
  });

  it('trap 5, labels lost to truncation: such rows are left out and counted, and if none is left that is an error', () => {
    const long = {
      prompt: [user('Tell me everything about snow, please, from the start.')],
      completion: row.completion,
    };
    const { examples, counts } = tokenizeSft([row, long], tokenizer, { ...options, max_length: 32 });
    expect(examples).toHaveLength(1);
    expect(counts).toMatchObject({ rows: 2, truncated: 1, dropped: 1 });
    expect(() => tokenizeSft([long], tokenizer, { ...options, max_length: 8 })).toThrow(
      /None of the 1 rows has a token to train on within 8 tokens\. Raise max_length/,
    );
  });

  it('trap 6, a prompt that is no prefix: counted, and the answer starts where the ids part', () => {
    // "sno" + "w" becomes "s" + "now": a token crosses the border.
    const { examples, counts } = tokenizeSft([{ prompt: 'sno', completion: 'w' }], tokenizer, options);
    expect(counts.prefix_mismatches).toBe(1);
    const [{ ids, lossMask }] = examples as [(typeof examples)[number]];
    expect(tokenizer.decode(ids.filter((_, i) => lossMask[i]))).toBe(`now${tokenizer.eosToken}`);
    expect(tokenizeSft([row], tokenizer, options).counts.prefix_mismatches).toBe(0);
  });

  it('trap 20, DPO templating: system message and generation prompt belong to the prompt, the answer ends its turn', () => {
    const prompt = [{ role: 'system', content: 'Be brief.' }, user('Snow?')] as const;
    const { pairs, counts } = tokenizePairs(
      [{ prompt, chosen: [assistant('Cold.')], rejected: [assistant('Hot.')] }],
      tokenizer,
      options,
    );
    const [pair] = pairs;
    expect(tokenizer.decode(pair!.prompt)).toBe(
      '<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nSnow?<|im_end|>\n<|im_start|>assistant\n',
    );
    expect(tokenizer.decode(pair!.chosen)).toBe('Cold.<|im_end|>\n');
    expect(counts.prefix_mismatches).toBe(0);
  });
});
