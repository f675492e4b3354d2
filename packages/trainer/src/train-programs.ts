import {
  add,
  concat,
  type DeviceTensor,
  type FrozenWeight,
  float32,
  Graph,
  gradients,
  hash32,
  int32,
  type Program,
  type Runtime,
  reshape,
  scalar,
  sizeOf,
  zeros,
} from '@charter/tensor';
import { type AdamWOptions, type AdamWStep, adamwScalars, compileAdamW, compileGradNorm } from './adamw.js';
import { eachPart, type PassResult } from './each-part.js';
import { type FlatParameters, pieceName } from './flat-parameters.js';
import {
  checkpointed,
  compileCheckpointed,
  compileLayers,
} from './gradient-checkpointing/checkpointed-program.js';
import type { TrainingArrays } from './run-journal.js';
import type { MicroBatch, TrainingTask } from './training-task.js';

/** The name of the int32 scalar that a task with dropout reads. */
export const dropoutSeed = 'dropout_seed';

interface Setup {
  readonly runtime: Runtime;
  readonly weights: ReadonlyMap<string, FrozenWeight>;
  readonly parameters: FlatParameters;
  readonly task: TrainingTask<never>;
  /** Whether each layer is a program of its own, and computed again for its gradients: less memory, more time. */
  readonly gradient_checkpointing: boolean;
}

const build = ({ parameters, task }: Setup, mode: 'train' | 'eval') => {
  const graph = new Graph();
  const { inputs, trained } = parameters.bind(graph);
  const { loss, outputs } = task.build(graph, mode);
  graph.output('loss', loss);
  for (const [name, value] of Object.entries(outputs)) graph.output(name, value);
  return { graph, loss, trained, parameters: inputs };
};

/** The loss and its metrics without gradients: for evaluation, and for a reference model. */
export const compileForward = (setup: Setup): Promise<Program> => {
  const { runtime, weights, gradient_checkpointing } = setup;
  const whole = build(setup, 'eval');
  return gradient_checkpointing
    ? compileLayers(runtime, whole, { weights, activations: 'float32', lowMemory: true })
    : runtime.compile(whole.graph, { weights, activations: 'float32' });
};

/** The loss, its metrics, and pieces of `gradients`, its gradients added to those of the inputs `gradients_so_far`. */
export const compilePass = async (setup: Setup): Promise<{ pass: Program; takesSeed: boolean }> => {
  const { runtime, weights, parameters, gradient_checkpointing } = setup;
  const whole = build(setup, 'train');
  const { graph, loss, trained } = whole;
  const takesSeed = graph.inputs.has(dropoutSeed);
  const options = { weights, activations: 'float32' } as const;
  if (gradient_checkpointing) {
    return { pass: await compileCheckpointed(runtime, whole, { ...options, lowMemory: true }), takesSeed };
  }
  const parts = gradients(loss, trained).map((g, i) => {
    const size = sizeOf(trained[i]!.shape) as number;
    return g ? reshape(g, { shape: [size] }) : graph.constant(zeros([size]));
  });
  for (const [i, { shape }] of whole.parameters.entries()) {
    const sofar = graph.input(pieceName(checkpointed.soFar, i), 'float32', shape);
    const own = parameters.parametersOf(i).map(at => parts[at]!);
    graph.output(pieceName(checkpointed.gradients, i), add(sofar, concat(own, { axis: 0 })));
  }
  return { pass: await runtime.compile(graph, options), takesSeed };
};

/** An array that stays where programs run, in pieces. */
type Placed = readonly DeviceTensor[];

interface PlacedArrays extends Record<keyof TrainingArrays | 'gradients' | 'none', Placed> {
  readonly decayed: Placed | undefined;
}

interface Compiled {
  readonly pass: Program;
  readonly takesSeed: boolean;
  readonly gradNorm: Program;
  readonly adamw: Program;
}

/**
 * The compiled programs of a run and the arrays that they work on, which stay where the programs run: a pass adds its
 * gradients to one flat array, a step updates the flat parameters from it.
 */
export class TrainPrograms {
  private constructor(
    private readonly programs: Compiled,
    private readonly parameters: FlatParameters,
    private readonly options: AdamWOptions,
    private readonly placed: PlacedArrays,
  ) {}

  static async compile(setup: Setup, options: AdamWOptions, arrays: TrainingArrays): Promise<TrainPrograms> {
    const { runtime, parameters } = setup;
    const { pass, takesSeed } = await compilePass(setup);
    const sizes = parameters.pieces.map(({ start, end }) => end - start);
    const decayed = options.weight_decay > 0 ? parameters.decayed() : undefined;
    const gradNorm = await compileGradNorm(runtime, sizes);
    const adamw = await compileAdamW(runtime, options, { selective: decayed !== undefined });
    const place = (data: readonly Float32Array[]) =>
      Promise.all(data.map(piece => runtime.upload(float32(piece))));
    const empty = () => Promise.all(sizes.map(size => runtime.allocateZeros([size])));
    return new TrainPrograms({ pass, takesSeed, gradNorm, adamw }, parameters, options, {
      parameters: await place(parameters.cut(arrays.parameters)),
      exp_avg: await place(parameters.cut(arrays.exp_avg)),
      exp_avg_sq: await place(parameters.cut(arrays.exp_avg_sq)),
      gradients: await empty(),
      none: await empty(),
      decayed: decayed && (await place(parameters.cut(decayed))),
    });
  }

  /** Adds the gradients of one pass, or starts a new sum with them. */
  pass(batch: MicroBatch, { first, seed }: { first: boolean; seed: number }): Promise<PassResult> {
    const { pass, takesSeed } = this.programs;
    const { parameters, gradients, none } = this.placed;
    return eachPart(batch, (feeds, part) =>
      pass.run(
        {
          ...feeds,
          ...(takesSeed && { [dropoutSeed]: int32([hash32(seed ^ hash32(part))], []) }),
          ...named('parameters', parameters),
          ...named(checkpointed.soFar, first && part === 0 ? none : gradients),
        },
        named(checkpointed.gradients, gradients),
      ),
    );
  }

  /** Runs another program on the parameters as they are. */
  forward(program: Program, batch: MicroBatch): Promise<PassResult> {
    const parameters = named('parameters', this.placed.parameters);
    return eachPart(batch, feeds => program.run({ ...feeds, ...parameters }));
  }

  /** Updates the parameters; returns the norm of the gradients before clipping. */
  async step(at: Omit<AdamWStep, 'grad_norm'>): Promise<number> {
    const { parameters, exp_avg, exp_avg_sq, gradients, decayed } = this.placed;
    const norm = await this.programs.gradNorm.run(named('gradients', gradients));
    const grad_norm = norm.grad_norm!.data[0]!;
    const scalars = Object.entries(adamwScalars({ ...at, grad_norm }, this.options)).map(
      ([name, value]) => [name, scalar(value)] as const,
    );
    for (const [i, piece] of parameters.entries()) {
      await this.programs.adamw.run(
        {
          parameters: piece,
          exp_avg: exp_avg[i]!,
          exp_avg_sq: exp_avg_sq[i]!,
          gradients: gradients[i]!,
          ...(decayed && { decayed: decayed[i]! }),
          ...Object.fromEntries(scalars),
        },
        { next_parameters: piece, next_exp_avg: exp_avg[i]!, next_exp_avg_sq: exp_avg_sq[i]! },
      );
    }
    return grad_norm;
  }

  async read(): Promise<TrainingArrays> {
    const read = async (pieces: Placed) =>
      this.parameters.join(
        (await Promise.all(pieces.map(piece => piece.read()))).map(({ data }) => data as Float32Array),
      );
    const { parameters, exp_avg, exp_avg_sq } = this.placed;
    return {
      parameters: await read(parameters),
      exp_avg: await read(exp_avg),
      exp_avg_sq: await read(exp_avg_sq),
    };
  }

  async dispose(): Promise<void> {
    const { pass, gradNorm, adamw } = this.programs;
    const placed = Object.values(this.placed).flatMap((pieces: Placed | undefined) => pieces ?? []);
    await Promise.all([pass, gradNorm, adamw, ...placed].map(part => part.dispose()));
  }
}

/** The pieces of an array by the names that a program has for them. */
const named = (array: string, pieces: Placed): Record<string, DeviceTensor> =>
  Object.fromEntries(pieces.map((piece, i) => [pieceName(array, i), piece]));
