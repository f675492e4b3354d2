import {
  backpropagate,
  concat,
  copyInto,
  Graph,
  gradients,
  reshape,
  sizeOf,
  type Value,
} from '@charter/tensor';

/** Part of a model's graph, between two layer boundaries. */
export interface Segment {
  /** undefined: starts at the feeds. */
  readonly from: Value | undefined;
  /** undefined: ends at the outputs of the graph. */
  readonly to: Value | undefined;
}

/** Names of a segment's inputs and outputs besides the feeds and the outputs of the whole graph. */
export const names = {
  input: 'segment_input',
  output: 'segment_output',
  inputGradient: 'segment_input_gradient',
  outputGradient: 'segment_output_gradient',
  parameterGradients: 'segment_parameter_gradients',
} as const;

/** A whole graph, its loss and the values that are trained. */
export interface WholeGraph {
  readonly graph: Graph;
  readonly loss: Value;
  /** Values whose gradients are wanted, float32. */
  readonly trained: readonly Value[];
}

/** Begins the graph of a segment. All inputs come along, because some only carry the sizes of a batch. */
const begin = ({ graph: whole }: WholeGraph, { from }: Segment) => {
  const graph = new Graph();
  const copies = new Map<Value, Value>();
  for (const [name, value] of whole.inputs) copies.set(value, graph.input(name, value.dtype, value.shape));
  const input = from && graph.input(names.input, 'float32', from.shape);
  if (from) copies.set(from, input!);
  return { graph, copies, input };
};

/** The forward pass of a segment. */
export const forwardGraph = (whole: WholeGraph, segment: Segment): Graph => {
  const { graph, copies } = begin(whole, segment);
  const wanted = segment.to ? [[names.output, segment.to] as const] : [...whole.graph.outputs];
  const made = copyInto(
    graph,
    wanted.map(([, value]) => value),
    copies,
  );
  for (const [name, value] of wanted) graph.output(name, made.get(value)!);
  return graph;
};

/**
 * A segment computed again, with gradients: of its input, and of what is trained in it, one after the other in one
 * array. The last segment starts from the loss and gives the outputs of the whole besides.
 *
 * @param inputGradient whether anything below the segment is trained
 * @returns the graph, and the trained values that it has gradients of, by their position in `whole.trained`
 */
export const backwardGraph = (
  whole: WholeGraph,
  segment: Segment,
  { inputGradient }: { inputGradient: boolean },
): { graph: Graph; trained: readonly number[] } => {
  const { graph, copies, input } = begin(whole, segment);
  const wanted = segment.to ? [segment.to] : [...whole.graph.outputs.values()];
  const made = copyInto(graph, wanted, copies);
  if (!segment.to) for (const [name, value] of whole.graph.outputs) graph.output(name, made.get(value)!);
  const trained = whole.trained.flatMap((value, i) => (made.has(value) ? [i] : []));
  const wrt = [...(input && inputGradient ? [input] : []), ...trained.map(i => made.get(whole.trained[i]!)!)];
  const found = segment.to
    ? backpropagate(
        made.get(segment.to)!,
        graph.input(names.outputGradient, 'float32', segment.to.shape),
        wrt,
      )
    : gradients(made.get(whole.loss)!, wrt);
  if (input && inputGradient) graph.output(names.inputGradient, found.shift()!);
  const parts = found.flatMap(gradient =>
    gradient ? [reshape(gradient, { shape: [sizeOf(gradient.shape)] })] : [],
  );
  const kept = trained.filter((_, i) => found[i]);
  if (parts.length > 0) graph.output(names.parameterGradients, concat(parts, { axis: 0 }));
  return { graph, trained: kept };
};
