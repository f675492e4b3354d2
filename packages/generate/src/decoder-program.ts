import { type FrozenAdapter, frozenAdapter, type LoraConfig } from '@charter/lora';
import {
  adaptableModules,
  alikeUpTo,
  cachedAttention,
  decoder,
  languageModelHead,
  type ModelConfig,
  recomputedLength,
  rotaryFeeds,
} from '@charter/models';
import { type FrozenWeight, Graph, gather, int32, logSoftmax, pick, type Runtime } from '@charter/tensor';
import { type CacheLayout, KeyValueCache } from './key-value-cache.js';

/** A LoRA adapter as `loadAdapter` of @charter/lora returns it. It is applied beside the weights, not merged. */
export interface Adapter {
  config: LoraConfig;
  tensors: ReadonlyMap<string, { shape: readonly number[]; data: Float32Array }>;
}

export interface DecoderProgramOptions {
  runtime: Runtime;
  config: ModelConfig;
  /** May be in few bits already. */
  weights: ReadonlyMap<string, FrozenWeight>;
  adapter?: Adapter | undefined;
  /** Positions of the rotary table: the longest sequence. */
  maxPositions: number;
}

/** A position of one row's new tokens. */
export interface TokenPlace {
  row: number;
  /** Index among the row's new tokens. */
  offset: number;
}

export interface DecoderRun {
  cache: KeyValueCache;
  /** New tokens of each row of the cache; none for a row that rides along. */
  tokens: readonly (readonly number[])[];
  /** Of the texts whose beginnings the rows hold, with all that is known to come; default: the tokens so far. */
  lengths?: readonly number[] | undefined;
  /** Where the next token is to be drawn. */
  samples?: readonly TokenPlace[] | undefined;
  /** Where the probability of a given next token is asked for. */
  labels?: readonly (TokenPlace & { id: number })[] | undefined;
  /** Where the last hidden state is asked for. */
  states?: readonly TokenPlace[] | undefined;
}

/** One program for prefill, decoding and scoring: rows, new tokens and cached positions are symbols. */
export interface DecoderProgram {
  readonly layout: CacheLayout;
  /** Longer texts are computed by their own length from the first token on, and share no beginning. */
  readonly alikeUpTo: number;
  /** The length at which a text that is being written must be computed anew, if there is one. */
  readonly recomputedLength: number | undefined;
  /**
   * Appends tokens to the rows of a cache, which must have room for them.
   *
   * @returns `logits`, `[vocab]` for each of `samples`; `logps`, the natural logarithm of the probability of each of
   *   `labels`; `states`, `[hidden]` for each of `states`
   */
  run(run: DecoderRun): Promise<{ logits: Float32Array[]; logps: Float32Array; states: Float32Array[] }>;
  dispose(): Promise<void>;
}

export const cacheLayout = (config: ModelConfig): CacheLayout => ({
  layers: config.num_hidden_layers,
  kv_heads: config.num_key_value_heads,
  head_dim: config.head_dim,
});

export const compileDecoder = async (options: DecoderProgramOptions): Promise<DecoderProgram> => {
  const { runtime, config, maxPositions } = options;
  const adapter =
    options.adapter && frozenAdapter(options.adapter, adaptableModules(config), config.model_type);
  const weights = new Map<string, FrozenWeight>([...options.weights, ...(adapter?.weights ?? [])]);
  const program = await runtime.compile(decoderGraph(options, adapter), { weights });
  const layout = cacheLayout(config);
  // Stands in for a prefix where there is none, and is never seen.
  const empty = await KeyValueCache.create(runtime, layout, { rows: 1, capacity: 1 });
  return {
    layout,
    alikeUpTo: alikeUpTo(config),
    recomputedLength: recomputedLength(config),
    async dispose() {
      await empty.dispose();
      await program.dispose();
    },
    async run({ cache, tokens, lengths, samples = [], labels = [], states = [] }) {
      const { rows, offset, prefix } = cache;
      const time = Math.max(1, ...tokens.map(row => row.length));
      const count = Int32Array.from(tokens, row => row.length);
      const fullest = Math.max(...count.map((n, row) => n + cache.lengths[row]!));
      if (fullest > cache.capacity) {
        throw new RangeError(`The cache holds ${cache.capacity} positions, but ${fullest} are needed.`);
      }
      const ids = new Int32Array(rows * time);
      const positions = new Int32Array(rows * time);
      const textLengths = new Int32Array(rows * time);
      tokens.forEach((row, r) => {
        ids.set(row, r * time);
        // Padding computes something too, and must find its position in the table.
        const before = offset + cache.lengths[r]!;
        for (let t = 0; t < time; t++) positions[r * time + t] = Math.min(before + t, maxPositions - 1);
        textLengths.fill(Math.max(lengths?.[r] ?? 0, before + row.length), r * time, (r + 1) * time);
      });
      const flat = (places: readonly TokenPlace[]) =>
        Int32Array.from(places, ({ row, offset }) => row * time + offset);
      // Places are projected once, however many labels stand there.
      const places = [...new Set([...flat(samples), ...flat(labels)])];
      const indexOf = new Map(places.map((place, i) => [place, i]));
      const rowsOf = (wanted: readonly TokenPlace[]) => int32(flat(wanted).map(place => indexOf.get(place)!));
      const outputs = await program.run(
        {
          input_ids: int32(ids, [rows, time]),
          position_ids: int32(positions, [rows, time]),
          past_lengths: int32(cache.lengths.slice()),
          prefix_length: int32([offset], []),
          places: int32(places),
          samples: rowsOf(samples),
          label_places: rowsOf(labels),
          labels: int32(labels.map(label => label.id)),
          state_places: int32(flat(states)),
          ...rotaryFeeds(config, { shape: [rows, time], positions, lengths: textLengths }),
          ...cache.feeds(),
          ...(prefix ?? empty).prefixFeeds(),
        },
        cache.windows(count),
      );
      count.forEach((n, row) => {
        cache.lengths[row]! += n;
      });
      const rowsIn = (name: string, wanted: readonly unknown[], width: number) => {
        const all = outputs[name]!.data as Float32Array;
        return wanted.map((_, i) => all.subarray(i * width, (i + 1) * width));
      };
      return {
        logits: rowsIn('logits', samples, config.vocab_size),
        logps: outputs.logps!.data as Float32Array,
        states: rowsIn('states', states, config.hidden_size),
      };
    },
  };
};

const decoderGraph = (
  { config, weights, maxPositions }: DecoderProgramOptions,
  adapter: FrozenAdapter | undefined,
): Graph => {
  const graph = new Graph();
  const inputIds = graph.input('input_ids', 'int32', ['rows', 'time']);
  const positionIds = graph.input('position_ids', 'int32', ['rows', 'time']);
  const pastLengths = graph.input('past_lengths', 'int32', ['rows']);
  const linear = adapter?.linear(graph);
  const prefixLength = graph.input('prefix_length', 'int32', []);
  const attention = cachedAttention(graph, config, { pastLengths, positionIds, prefixLength });
  const hidden = decoder(graph, config, { inputIds, positionIds, attention }, { linear, maxPositions }); // [rows * time, hidden]
  graph.output('states', gather(hidden, graph.input('state_places', 'int32', ['states'])));
  // The vocabulary projection is the widest product: only for positions that someone asks about.
  const wanted = gather(hidden, graph.input('places', 'int32', ['places'])); // [places, hidden]
  // A projection in few bits is a weight of its own, also where it is tied.
  const ownHead = weights.get('lm_head.weight');
  const head = ownHead && 'block' in ownHead ? { ...config, tie_word_embeddings: false } : config;
  const scores = languageModelHead(graph, head, wanted, { linear }); // [places, vocab]
  graph.output('logits', gather(scores, graph.input('samples', 'int32', ['samples'])));
  const labelled = gather(scores, graph.input('label_places', 'int32', ['labels'])); // [labels, vocab]
  graph.output('logps', pick(logSoftmax(labelled), graph.input('labels', 'int32', ['labels'])));
  return graph;
};
