import {
  type CompileOptions,
  checkWeights,
  decomposeGraph,
  type FrozenWeight,
  type Graph,
  GraphError,
  type Value,
} from '@charter/tensor';
import type { ExecutionProvider } from '../devices/devices.js';
import { foldOneHot } from '../passes/fold-one-hot.js';
import { foldProducts } from '../passes/fold-products.js';
import { foldReshapes } from '../passes/fold-reshapes.js';
import { recomputeCheap } from '../passes/recompute-cheap.js';
import { rewriteGraph } from '../passes/rewrite-graph.js';
import { shareInverseRms } from '../passes/share-inverse-rms.js';
import { type Lowering, lowerings } from './lowering.js';
import { MergedLinears } from './merged-linears.js';
import { OnnxBuilder } from './onnx-builder.js';
import { isLinear, quantizedProduct, scaledProduct } from './quantized-lowering.js';
import { fusesRotary } from './rotary-lowering.js';
import { webgpuLowerings } from './webgpu-lowering.js';
import { type BytesInMemory, WeightInitializers } from './weight-initializers.js';

/** A file of weights: the root of its file system, and where it lies from there. */
export interface FileLocation {
  readonly root: string;
  readonly location: string;
}

export type LocateFile = (file: string) => FileLocation;

export interface LowerOptions extends Pick<CompileOptions, 'activations' | 'lowMemory'> {
  /** false: every composite is decomposed and nothing is folded, which tests compare with. */
  readonly fuse?: boolean | undefined;
  /** Which operators there are; default cpu. */
  readonly device?: ExecutionProvider | undefined;
  /** Left out where weights cannot be read from files. */
  readonly locate?: LocateFile | undefined;
}

/** What a session is created from. */
export interface OnnxModel {
  /** A `ModelProto`. */
  readonly model: Uint8Array<ArrayBuffer>;
  /** The names of its outputs in the graph, by those in the model: a graph's input and output may share a name. */
  readonly outputs: ReadonlyMap<string, string>;
  /** Where the paths of weights in files start. */
  readonly folder: string | undefined;
  readonly inMemory: readonly BytesInMemory[];
  /** What the weights take: as float32, or in their few bits. */
  readonly weightBytes: number;
  /**
   * Whether ONNX Runtime should rewrite the graph: compute what depends on weights alone, once. Where there is nothing
   * of the kind it only costs, 2 s of a training step's 7,000 operators, and copies of the parts of a large weight.
   */
  readonly rewrite: boolean;
}

/**
 * A graph as an ONNX model.
 *
 * @throws {GraphError} when a weight is missing or has another shape, or the engine has no such operation
 */
export const lowerGraph = (
  graph: Graph,
  weights: ReadonlyMap<string, FrozenWeight>,
  { fuse = true, device = 'cpu', locate, activations = 'int8', lowMemory = false }: LowerOptions = {},
): OnnxModel => {
  const table: Readonly<Record<string, Lowering>> =
    device === 'webgpu' ? { ...lowerings, ...webgpuLowerings } : lowerings;
  const fuses = (value: Value) => (value.op === 'rotary' ? fusesRotary(value) : value.op in table);
  // WebGPU's rmsNorm does not return its inverse root mean square.
  const sharing = device === 'webgpu' ? [] : [shareInverseRms()];
  const program = fuse
    ? recomputeCheap(
        [foldOneHot, ...sharing, foldProducts, foldReshapes].reduce(
          rewriteGraph,
          decomposeGraph(graph, fuses),
        ),
      )
    : decomposeGraph(graph, () => false);
  const values = program.reachable();
  checkWeights(
    values.filter(value => value.op === 'weight'),
    weights,
  );
  const onnx = new OnnxBuilder(program);
  const stored = new WeightInitializers(weights, locate);
  // The kernel that leaves activations as they are is slower than widening the weight and multiplying by that.
  const inFewBits = activations === 'int8';
  // Matrices are put together by the processor's constant folding.
  const joined = new MergedLinears(stored, inFewBits && fuse && device === 'cpu' ? values : []);
  const names = new Map<Value, string>();
  for (const value of values) {
    if (stored.quantized(value)) continue;
    const name = lower(value);
    names.set(value, name);
    onnx.describe(name, value);
  }
  const outputs = new Map(
    [...program.outputs].map(([name, value]) => [onnx.output(name, nameOf(value), value), name]),
  );
  return {
    model: onnx.build(),
    outputs,
    folder: stored.folder,
    inMemory: stored.inMemory,
    weightBytes: stored.bytes,
    rewrite: inFewBits || device !== 'cpu' || stored.widened,
  };

  /** A quantized weight is widened where something else than a product in few bits reads it. */
  function nameOf(value: Value, reader?: Value): string {
    const known = names.get(value);
    if (known !== undefined) return known;
    const name = value.attrs.name as string;
    // With low memory a program is a part of a model, in which a weight widened once may stay.
    const use = lowMemory || !reader ? 'all' : `${reader.id}`;
    const widened = inFewBits || device !== 'cpu' ? undefined : stored.dequantize(onnx, name, use);
    return widened ?? onnx.once(`${name} widened`, () => stored.lower(onnx, name));
  }

  function lower(value: Value): string {
    onnx.scope = value.scope;
    const [x, w, c] = value.inputs;
    const weight = isLinear(value) && inFewBits ? stored.quantized(w!) : undefined;
    if (weight) {
      const product =
        joined.lower(onnx, value, nameOf(x!)) ??
        quantizedProduct(onnx, weight, nameOf(x!), stored.parts(onnx, w!.attrs.name as string, weight));
      return scaledProduct(onnx, value, product, c && nameOf(c));
    }
    if (value.op === 'weight') {
      return stored.lower(onnx, value.attrs.name as string);
    }
    const lowering = table[value.op];
    if (!lowering) throw new GraphError(`onnx-${device} has no operation "${value.op}" (at ${value.scope}).`);
    return lowering({ onnx, value, inputs: value.inputs.map(input => nameOf(input, value)) });
  }
};
