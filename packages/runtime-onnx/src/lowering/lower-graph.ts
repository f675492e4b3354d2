import {
  type CompileOptions,
  checkWeights,
  decomposeGraph,
  type FrozenWeight,
  type Graph,
  GraphError,
  int8Linear,
  type OperationValue,
  rotary,
  type Value,
} from '@charter/tensor';
import type { ExecutionProvider } from '../devices/devices.js';
import { graphPasses } from '../passes/graph-passes.js';
import { fusesInt8Linear } from './int8-linear-lowering.js';
import { type LoweringTable, loweringOf, lowerings } from './lowering.js';
import { MergedLinears } from './merged-linears.js';
import { OnnxBuilder } from './onnx-builder.js';
import { isLinear, quantizedProduct, scaledProduct } from './quantized-lowering.js';
import { fusesRotary } from './rotary-lowering.js';
import { webgpuLowerings } from './webgpu-lowering.js';
import { type BytesInMemory, type LocateFile, WeightInitializers } from './weight-initializers.js';

export interface LowerOptions extends Pick<CompileOptions, 'activations' | 'lowMemory'> {
  /** Fuses composites and runs the passes; default true. Tests compare with false. */
  readonly fuse?: boolean | undefined;
  /** Execution provider, whose operators are used; default cpu. */
  readonly device?: ExecutionProvider | undefined;
  /** Lowers `int8Linear` to 8-bit products; default true. False where the processor's 8-bit kernels saturate. */
  readonly int8Products?: boolean | undefined;
  /** Location of a weight file; left out where weights cannot be read from files. */
  readonly locate?: LocateFile | undefined;
}

/** ONNX model and the weights beside it, from which a session is created. */
export interface OnnxModel {
  /** A `ModelProto`. */
  readonly model: Uint8Array<ArrayBuffer>;
  /** Names of outputs in the graph by their names in the model: a graph's input and output may share a name. */
  readonly outputs: ReadonlyMap<string, string>;
  /** Folder from which the paths of weight files start. */
  readonly folder: string | undefined;
  readonly inMemory: readonly BytesInMemory[];
  /** Bytes of the weights in their form in memory: float32 or quantized. */
  readonly weightBytes: number;
  /**
   * Part of the graph's optimization that is left to ONNX Runtime. It computes once what depends on weights alone. Where
   * nothing does, that only costs: 2 s for a training step's 7,000 operators, and copies of the slices of a large weight.
   * 8-bit weights of a training step need no more than `basic`.
   */
  readonly optimization: 'all' | 'basic' | 'disabled';
}

/**
 * ONNX model of a graph.
 *
 * @throws {GraphError} when a weight is missing or has another shape, or the engine has no such operation
 */
export const lowerGraph = (
  graph: Graph,
  weights: ReadonlyMap<string, FrozenWeight>,
  {
    fuse = true,
    device = 'cpu',
    locate,
    activations = 'int8',
    lowMemory = false,
    int8Products = true,
  }: LowerOptions = {},
): OnnxModel => {
  const table: LoweringTable = device === 'webgpu' ? { ...lowerings, ...webgpuLowerings } : lowerings;
  const fuses = (value: OperationValue): boolean => {
    if (rotary.is(value)) return fusesRotary(value);
    if (int8Linear.is(value)) return device === 'cpu' && int8Products && fusesInt8Linear(value, weights);
    return value.op in table;
  };
  const program = fuse
    ? graphPasses(device).reduce((before, pass) => pass(before), decomposeGraph(graph, fuses))
    : decomposeGraph(graph, () => false);
  const values = program.reachable();
  checkWeights(program, weights);
  const onnx = new OnnxBuilder(program);
  const stored = new WeightInitializers(weights, locate);
  // The kernel that leaves activations as they are is slower than widening the weight and multiplying by that.
  const keepsQuantized = activations === 'int8';
  // Only the processor's constant folding merges the matrices.
  const merged = new MergedLinears(stored, keepsQuantized && fuse && device === 'cpu' ? values : []);
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
    optimization: optimization(),
  };

  function optimization(): OnnxModel['optimization'] {
    if (keepsQuantized || device !== 'cpu' || stored.widened) return 'all';
    return values.some(int8Linear.is) ? 'basic' : 'disabled';
  }

  /** A quantized weight is widened where something else than a quantized product reads it. */
  function nameOf(value: Value, reader?: Value): string {
    const known = names.get(value);
    if (known !== undefined) return known;
    const { name } = stored.quantized(value)!;
    // With low memory a program is a part of a model, in which a weight widened once may stay.
    const use = lowMemory || !reader ? 'all' : `${reader.id}`;
    const widened = keepsQuantized || device !== 'cpu' ? undefined : stored.dequantize(onnx, name, use);
    return widened ?? onnx.once(`${name} widened`, () => stored.lower(onnx, name));
  }

  function lower(value: Value): string {
    onnx.scope = value.scope;
    const [x, w, c] = value.inputs;
    const weight = keepsQuantized && isLinear(value) ? stored.quantized(w!) : undefined;
    if (isLinear(value) && weight) {
      const product =
        merged.lower(onnx, value, nameOf(x!)) ??
        quantizedProduct(onnx, weight.matrix, nameOf(x!), stored.parts(onnx, weight.name, weight.matrix));
      return scaledProduct(onnx, value.attrs, product, c && nameOf(c));
    }
    switch (value.kind) {
      case 'input':
        return value.name;
      case 'weight':
        return stored.lower(onnx, value.name);
      case 'number':
        return onnx.number(value.value);
      case 'constant':
        return onnx.constant(value.tensor);
      case 'operation': {
        const { op, attrs, scope } = value;
        const lowering = loweringOf(table, op);
        if (!lowering) throw new GraphError(`onnx-${device} has no operation "${op}" (at ${scope}).`);
        return lowering({ onnx, value, attrs, inputs: value.inputs.map(input => nameOf(input, value)) });
      }
    }
  }
};
