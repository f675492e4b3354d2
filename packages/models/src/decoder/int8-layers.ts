import {
  add,
  type FrozenWeight,
  Graph,
  int8Linear,
  linear,
  max,
  maximum,
  neg,
  type Runtime,
  type Value,
} from '@charter/tensor';
import type { ModelConfig } from '../config/model-config.js';
import { packTexts } from '../packing/pack-texts.js';
import { packedInputs } from '../packing/packed-inputs.js';
import { decoder, languageModelHead } from './decoder.js';
import type { LinearLayer } from './module.js';

/** Precision of the products with linear layers. */
export type MatmulPrecision = 'float32' | 'int8';

/** Outlier channels of linear modules, by the module's path: ascending input channels. */
export type OutlierChannels = Readonly<Record<string, readonly number[]>>;

/** Share of a layer's input channels that stay in float32. */
const OUTLIER_SHARE = 1 / 36;

/**
 * Text whose activations show the channels that are large: these are a property of the model, much the same for every
 * text. A fixed one gives the same products in every run.
 */
export const CALIBRATION_TEXT = `Water boils at 100 °C at sea level, but at 3,000 metres it boils near 90 °C. Why? The air
presses less on its surface there.

User: Can you write a function that adds two numbers?
Assistant: Of course:
def add(a, b):
    return a + b  # works for integers and floats

"I'd rather not," she said. "He lent me the ladder on Tuesday; it isn't mine to give away." They agreed to ask him first.`;

/**
 * Input channels of each linear module with the largest activations, by one run of the model in float32.
 *
 * @param texts token ids of the texts to calibrate with
 * @see Dettmers et al. 2022 (LLM.int8()), section 4: the same channels are large in all texts
 */
export const outlierChannels = async (
  runtime: Runtime,
  { config, weights }: { config: ModelConfig; weights: ReadonlyMap<string, FrozenWeight> },
  texts: readonly (readonly number[])[],
): Promise<OutlierChannels> => {
  const graph = new Graph();
  const inputs = new Map<string, Value>();
  const recording: LinearLayer = (x, { name, weight, bias }) => {
    inputs.set(name, x);
    return linear(x, weight, bias);
  };
  const hidden = decoder(graph, config, packedInputs(graph, config), { linear: recording });
  languageModelHead(graph, config, hidden, { linear: recording });
  // Layers over the same x, such as the query, key and value projections, share an output.
  const outputs = new Map<Value, string>();
  for (const x of inputs.values()) {
    if (outputs.has(x)) continue;
    outputs.set(x, `largest.${outputs.size}`);
    graph.output(outputs.get(x)!, max(maximum(x, neg(x)), { axes: [0] })); // [in]
  }
  const program = await runtime.compile(graph, { weights });
  try {
    const { feeds } = packTexts(
      texts.map(ids => ({ ids })),
      { config },
    );
    const largest = await program.run(feeds);
    return Object.fromEntries(
      [...inputs].map(([name, x]) => [name, largestChannels(largest[outputs.get(x)!]!.data as Float32Array)]),
    );
  } finally {
    await program.dispose();
  }
};

/** Indices of the largest 1/36 of the values, ascending. */
const largestChannels = (values: Float32Array): number[] =>
  Array.from(values.keys())
    .sort((a, b) => values[b]! - values[a]! || a - b)
    .slice(0, Math.floor(values.length * OUTLIER_SHARE))
    .sort((a, b) => a - b);

export interface Int8LayersOptions {
  /** Modules that stay in float32; default none. */
  readonly float32?: readonly string[] | undefined;
}

/** Linear layers with 8-bit products, forward and backward. */
export const int8Layers =
  (outliers: OutlierChannels, { float32 = [] }: Int8LayersOptions = {}): LinearLayer =>
  (x, { name, weight, bias }) => {
    if (float32.includes(name)) return linear(x, weight, bias);
    const y = int8Linear(x, weight, { outliers: outliers[name]! });
    return bias ? add(y, bias) : y;
  };
