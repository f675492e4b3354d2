import {
  type CompileOptions,
  type Destination,
  type Feed,
  float32,
  GraphError,
  type Program,
  type Runtime,
  type Tensor,
  type Value,
} from '@charter/tensor';
import { pieceName } from '../optimizer/flat-parameters.js';
import { layerBoundaries } from './layer-boundaries.js';
import { backwardGraph, forwardGraph, names, type Segment, type WholeGraph } from './segment-graphs.js';

export interface CheckpointedGraph extends WholeGraph {
  /** The inputs that hold what is trained, one after the other: float32, each of one dimension. */
  readonly parameters: readonly Value[];
}

/**
 * Inputs and outputs of `compileCheckpointed` besides the inputs and outputs of the graph, in pieces of the sizes that
 * the inputs of the parameters have.
 */
export const checkpointed = { accumulated: 'accumulated_gradients', gradients: 'gradients' } as const;

interface CompiledSegment {
  readonly forward: Program | undefined;
  readonly backward: Program | undefined;
  /** Where its gradients go, in the order in which they come. */
  readonly ranges: readonly { start: number; size: number }[];
  readonly hasInputGradient: boolean;
}

/**
 * A loss with its gradients in the memory of one layer: each layer is a program of its own. The forward pass keeps what
 * stands between two layers only; the backward pass computes each layer again from there. It costs a second forward
 * pass, and its results are those of the whole graph.
 *
 * @returns a program with the inputs and outputs of the graph, and those of `checkpointed`
 * @see Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost"
 */
export const compileCheckpointed = async (
  runtime: Runtime,
  whole: CheckpointedGraph,
  options: CompileOptions = {},
): Promise<Program> => {
  const segments = segmentsOf(whole);
  const offsets = offsetsOf(whole.trained);
  const compiled: CompiledSegment[] = [];
  let trainedBelow = false;
  for (const segment of segments) {
    const { graph, trained } = backwardGraph(whole, segment, { inputGradient: trainedBelow });
    const last = segment.to === undefined;
    const needed = last || trainedBelow || trained.length > 0;
    compiled.push({
      forward: last ? undefined : await runtime.compile(forwardGraph(whole, segment), options),
      backward: needed ? await runtime.compile(graph, options) : undefined,
      ranges: trained.map(i => offsets[i]!),
      hasInputGradient: trainedBelow,
    });
    trainedBelow ||= trained.length > 0;
  }
  return new CheckpointedProgram(
    compiled,
    whole.parameters.map(({ shape }) => shape[0] as number),
  );
};

/** The outputs of a graph without gradients, layer by layer as `compileCheckpointed` does. */
export const compileLayers = async (
  runtime: Runtime,
  whole: CheckpointedGraph,
  options: CompileOptions = {},
): Promise<Program> => {
  const programs: Program[] = [];
  for (const segment of segmentsOf(whole)) {
    programs.push(await runtime.compile(forwardGraph(whole, segment), options));
  }
  return {
    async run(feeds) {
      let passed: Record<string, Feed> = {};
      let results: Record<string, Tensor> = {};
      for (const program of programs) {
        results = await program.run({ ...feeds, ...passed });
        passed = { [names.input]: results[names.output]! };
      }
      return results;
    },
    async dispose() {
      await Promise.all(programs.map(program => program.dispose()));
    },
  };
};

const segmentsOf = ({ graph }: WholeGraph): Segment[] => {
  const boundaries = layerBoundaries(graph);
  return [undefined, ...boundaries].map((from, i) => ({ from, to: boundaries[i] }));
};

const offsetsOf = (trained: readonly Value[]): { start: number; size: number }[] => {
  let start = 0;
  return trained.map(({ shape }) => {
    const size = shape.reduce<number>((n, dim) => n * (dim as number), 1);
    start += size;
    return { start: start - size, size };
  });
};

class CheckpointedProgram implements Program {
  constructor(
    private readonly segments: readonly CompiledSegment[],
    private readonly sizes: readonly number[],
  ) {}

  async run(
    given: Readonly<Record<string, Feed>>,
    into: Readonly<Record<string, Destination>> = {},
  ): Promise<Record<string, Tensor>> {
    const feeds = { ...given };
    const sum = new Float32Array(this.sizes.reduce((a, b) => a + b));
    const pieces = this.sizes.map((size, i) => {
      const start = this.sizes.slice(0, i).reduce((a, b) => a + b, 0);
      return sum.subarray(start, start + size);
    });
    for (const [i, piece] of pieces.entries()) {
      const name = pieceName(checkpointed.accumulated, i);
      const accumulated = feeds[name];
      delete feeds[name];
      if (accumulated)
        piece.set(('data' in accumulated ? accumulated : await accumulated.read()).data as Float32Array);
    }

    // 1. Forward: what stands at each boundary.
    const boundaries: (Tensor | undefined)[] = [undefined];
    for (const { forward } of this.segments) {
      if (!forward) continue;
      const results = await forward.run({ ...feeds, ...inputOf(boundaries.at(-1)) });
      boundaries.push(results[names.output]);
    }

    // 2. Backward, from the loss down to the lowest layer that is trained.
    let outputs: Record<string, Tensor> = {};
    let upstream: Tensor | undefined;
    for (const [i, { backward, ranges, hasInputGradient }] of [...this.segments.entries()].reverse()) {
      if (!backward) break;
      const {
        [names.inputGradient]: below,
        [names.parameterGradients]: found,
        ...rest
      } = await backward.run({
        ...feeds,
        ...inputOf(boundaries[i]),
        ...(upstream && { [names.outputGradient]: upstream }),
      });
      boundaries.length = i;
      if (upstream === undefined) outputs = rest;
      addRanges(sum, ranges, found);
      if (!hasInputGradient) break;
      upstream = below;
    }

    for (const [i, piece] of pieces.entries()) outputs[pieceName(checkpointed.gradients, i)] = float32(piece);
    for (const [name, target] of Object.entries(into)) {
      await store(name, outputs[name], target);
      delete outputs[name];
    }
    return outputs;
  }

  async dispose(): Promise<void> {
    await Promise.all(
      this.segments.flatMap(({ forward, backward }) => [forward?.dispose(), backward?.dispose()]),
    );
  }
}

const inputOf = (tensor: Tensor | undefined): Record<string, Tensor> =>
  tensor ? { [names.input]: tensor } : {};

/** Adds what lies one after the other in `found` to the ranges of `sum`. */
const addRanges = (
  sum: Float32Array,
  ranges: readonly { start: number; size: number }[],
  found: Tensor | undefined,
): void => {
  let at = 0;
  for (const { start, size } of ranges) {
    for (let i = 0; i < size; i++) sum[start + i]! += found!.data[at++]!;
  }
};

const store = async (name: string, value: Tensor | undefined, target: Destination): Promise<void> => {
  if (!value || 'tensor' in target) throw new GraphError(`A program of layers cannot write "${name}" there.`);
  if ('data' in target) target.data.set(value.data);
  else await target.write(value);
};
