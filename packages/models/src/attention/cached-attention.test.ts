import { createOnnxRuntime } from '@charter/runtime-onnx';
import {
  type DeviceTensor,
  type Feed,
  Graph,
  int32,
  type Runtime,
  type TensorSlice,
  zeros,
} from '@charter/tensor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseModelConfig } from '../config/parse-model-config.js';
import { decoder } from '../decoder/decoder.js';
import { labelScores } from '../decoder/label-scores.js';
import { rotaryFeeds } from '../rope/rotary-feeds.js';
import {
  type FixtureModel,
  fixtureModels,
  largestDifference,
  openFixture,
  readScores,
  type ScoredRow,
} from '../testing/fixture-model.js';
import { packedLogps } from '../testing/packed-logps.js';
import { cachedAttention } from './cached-attention.js';
import { gridLayout } from './token-layout.js';

let runtime: Runtime;
beforeAll(async () => {
  runtime = await createOnnxRuntime({ threads: 1 });
});
afterAll(() => runtime?.dispose());

/**
 * Feeds texts in chunks, each text a row of one cache, and asks for the log-probability of each token after the first.
 *
 * @param chunks how many tokens the rows get in each run; the last number is repeated until the texts end
 * @param prefix what stands before all texts: computed once, as a row of its own, and then shared
 */
const cachedLogps = async (
  { config, weights }: FixtureModel,
  texts: readonly (readonly number[])[],
  chunks: readonly number[],
  prefix: readonly number[] = [],
): Promise<number[][]> => {
  const graph = new Graph();
  const perToken = (name: string) => graph.input(name, 'int32', ['rows', 'time']);
  const [inputIds, positionIds] = [perToken('input_ids'), perToken('position_ids')];
  const pastLengths = graph.input('past_lengths', 'int32', ['rows']);
  const prefixLength = graph.input('prefix_length', 'int32', []);
  const attention = cachedAttention(graph, config, { pastLengths, positionIds, prefixLength });
  const hidden = decoder(graph, config, { inputIds, layout: gridLayout(positionIds), attention });
  const labelIndex = graph.input('label_index', 'int32', ['labels']);
  const labels = graph.input('labels', 'int32', ['labels']);
  graph.output('logps', labelScores(graph, config, hidden, { labelIndex, labels }).logps);
  const program = await runtime.compile(graph, { weights });

  const rows = texts.length;
  // Two entries more than are needed: what is not valid must not be seen.
  const capacity = Math.max(...texts.map(text => text.length)) + 2;
  const shape = [rows, config.num_key_value_heads, capacity, config.head_dim];
  const cache = new Map<string, DeviceTensor>();
  for (let layer = 0; layer < config.num_hidden_layers; layer++)
    for (const part of ['key', 'value']) {
      const garbage = zeros(shape);
      garbage.data.fill(3);
      cache.set(`${layer}.${part}`, await runtime.upload(garbage));
    }

  const { num_key_value_heads: heads, head_dim } = config;
  const lengths = new Int32Array(rows);
  const shared: Record<string, Feed> = {};
  const none = zeros([1, heads, 1, head_dim]);
  none.data.fill(3);
  if (prefix.length > 0) {
    const feeds: Record<string, Feed> = {
      input_ids: int32(prefix, [1, prefix.length]),
      position_ids: int32([...prefix.keys()], [1, prefix.length]),
      past_lengths: int32([0]),
      prefix_length: int32([0], []),
      label_index: int32([]),
      labels: int32([]),
    };
    const into: Record<string, DeviceTensor> = {};
    for (const name of cache.keys()) {
      feeds[`past_key_values.${name}`] = zeros([1, heads, 0, head_dim]);
      feeds[`prefix_key_values.${name}`] = none;
      into[`present.${name}`] = await runtime.upload(zeros([1, heads, prefix.length, head_dim]));
      shared[`prefix_key_values.${name}`] = into[`present.${name}`]!;
    }
    await program.run(feeds, into);
  } else for (const name of cache.keys()) shared[`prefix_key_values.${name}`] = none;
  const results: number[][] = texts.map(() => []);
  for (let run = 0; lengths.some((length, row) => length < texts[row]!.length); run++) {
    const time = chunks[Math.min(run, chunks.length - 1)]!;
    const start = lengths.slice();
    const count = lengths.map((length, row) => Math.min(time, texts[row]!.length - length));
    const grid = (value: (row: number, t: number) => number) =>
      int32(
        Array.from({ length: rows * time }, (_, i) => value(Math.floor(i / time), i % time)),
        [rows, time],
      );
    const wanted = texts.flatMap((text, row) =>
      Array.from({ length: count[row]! }, (_, t) => ({ row, t, id: text[start[row]! + t + 1] })),
    );
    const labelled = wanted.filter((label): label is typeof label & { id: number } => label.id !== undefined);
    const positions = grid((row, t) => prefix.length + start[row]! + t);
    const textLengths = grid(row => prefix.length + texts[row]!.length).data;
    const feeds: Record<string, Feed> = {
      input_ids: grid((row, t) => texts[row]![start[row]! + t] ?? 0),
      position_ids: positions,
      ...rotaryFeeds(config, { shape: [rows, time], positions: positions.data, lengths: textLengths }),
      past_lengths: int32(start),
      prefix_length: int32([prefix.length], []),
      ...shared,
      label_index: int32(labelled.map(({ row, t }) => row * time + t)),
      labels: int32(labelled.map(({ id }) => id)),
    };
    const into: Record<string, TensorSlice> = {};
    for (const [name, tensor] of cache) {
      feeds[`past_key_values.${name}`] = tensor;
      into[`present.${name}`] = { tensor, axis: 2, start, count };
    }
    const { logps } = await program.run(feeds, into);
    labelled.forEach(({ row }, i) => {
      results[row]!.push(logps!.data[i]!);
    });
    count.forEach((n, row) => {
      lengths[row]! += n;
    });
  }
  await program.dispose();
  for (const tensor of cache.values()) await tensor.dispose();
  return results;
};

describe.each(fixtureModels)('decoding %s with a cache gives the log-probabilities of transformers', name => {
  it.each([
    ['a prompt, then token by token', [11, 1]],
    ['token by token from the start', [1]],
    ['in uneven chunks', [3, 9, 2, 17]],
  ])('%s', async (_, chunks) => {
    const scores = await readScores(`scores/${name}.json`);
    const logps = await cachedLogps(
      await openFixture(name),
      scores.map(({ ids }) => ids),
      chunks,
    );
    const expected = scores.flatMap(({ logprobs }) => logprobs);
    expect(largestDifference(logps.flat(), expected)).toBeLessThan(1e-4);
  });
});

describe.each(['llama', 'mistral', 'qwen3', 'gemma3'])(
  'decoding %s behind a shared prefix gives the log-probabilities of transformers',
  name => {
    it.each([
      ['all at once', [64]],
      ['a few tokens, then token by token', [5, 1]],
    ])('%s', async (_, chunks) => {
      const [{ ids, logprobs }] = (await readScores(`scores/${name}.json`)).sort(
        (a, b) => b.ids.length - a.ids.length,
      ) as [ScoredRow];
      const prefix = ids.slice(0, 17);
      const rest = ids.slice(prefix.length);
      expect(rest.length).toBeGreaterThan(9);
      // Rows of different lengths, so that one is padded.
      const logps = await cachedLogps(await openFixture(name), [rest.slice(0, 7), rest], chunks, prefix);
      const expected = logprobs.slice(prefix.length);
      expect(largestDifference(logps[1]!, expected)).toBeLessThan(1e-4);
      expect(largestDifference(logps[0]!, expected.slice(0, 6))).toBeLessThan(1e-4);
    });
  },
);

it('layers with and without a window, each with its own mask, agree with the packed forward pass', async () => {
  const { config, weights } = await openFixture('qwen2');
  const mixed = parseModelConfig({
    ...config,
    use_sliding_window: true,
    sliding_window: 5,
    layer_types: ['full_attention', 'sliding_attention'],
  });
  const texts = (await readScores('scores/qwen2.json')).slice(0, 3).map(({ ids }) => ids);
  const packed = await packedLogps(runtime, { config: mixed, weights }, texts);
  const cached = await cachedLogps({ config: mixed, weights }, texts, [7, 1]);
  expect(largestDifference(packed, cached.flat())).toBeLessThan(1e-5);
  const plain = await packedLogps(runtime, { config, weights }, texts);
  expect(largestDifference(packed, plain)).toBeGreaterThan(0.01);
});
