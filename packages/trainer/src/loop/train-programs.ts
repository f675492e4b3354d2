import {
  add,
  concat,
  type DeviceTensor,
  type FrozenWeight,
  float32,
  Graph,
  gradients,
  int32,
  type Program,
  type Runtime,
  reshape,
  scalar,
  sizeOf,
  type Tensor,
  zeros,
} from '@charter/tensor';
import type { TrainingArrays } from '../checkpoints/run-journal.js';
import type { Collective } from '../collective/collective.js';
import {
  checkpointed,
  compileCheckpointed,
  compileLayers,
} from '../gradient-checkpointing/checkpointed-program.js';
import {
  type AdamWOptions,
  type AdamWStep,
  adamwScalars,
  compileAdamW,
  compileGradNorm,
} from '../optimizer/adamw.js';
import { type FlatParameters, pieceName } from '../optimizer/flat-parameters.js';
import type { PreparedBatch, TrainingTask } from './training-task.js';

/** The name of the int32 scalar that a task with dropout reads. */
export const dropoutSeed = 'dropout_seed';

interface Setup {
  readonly runtime: Runtime;
  readonly weights: ReadonlyMap<string, FrozenWeight>;
  readonly parameters: FlatParameters;
  readonly task: TrainingTask<never>;
  /** Each layer is a program of its own, and is recomputed for its gradients: less memory, more time. */
  readonly gradient_checkpointing: boolean;
}

const build = ({ parameters, task }: Setup, mode: 'train' | 'eval') => {
  const graph = new Graph();
  const { inputs, trained } = parameters.bind(graph);
  const { loss, outputs } = task.build(graph, mode);
  graph.output('loss', loss);
  for (const [name, value] of Object.entries(outputs)) graph.output(name, value);
  return { graph, loss, trained, parameters: inputs, outputNames: Object.keys(outputs) };
};

/** The loss and its metrics without gradients: for evaluation, and for a reference model. */
export const compileForward = (setup: Setup): Promise<Program> => {
  const { runtime, weights, gradient_checkpointing } = setup;
  const whole = build(setup, 'eval');
  return gradient_checkpointing
    ? compileLayers(runtime, whole, { weights, activations: 'float32', lowMemory: true })
    : runtime.compile(whole.graph, { weights, activations: 'float32' });
};

/** The loss, its metrics, and pieces of `gradients`: its gradients added to the inputs `accumulated_gradients`. */
export const compileForwardBackward = async (
  setup: Setup,
): Promise<{ pass: Program; takesSeed: boolean; outputNames: readonly string[] }> => {
  const { runtime, weights, parameters, gradient_checkpointing } = setup;
  const whole = build(setup, 'train');
  const { graph, loss, trained, outputNames } = whole;
  const takesSeed = graph.inputs.has(dropoutSeed);
  const options = { weights, activations: 'float32' } as const;
  if (gradient_checkpointing) {
    const pass = await compileCheckpointed(runtime, whole, { ...options, lowMemory: true });
    return { pass, takesSeed, outputNames };
  }
  const parts = gradients(loss, trained).map((g, i) => {
    const size = sizeOf(trained[i]!.shape) as number;
    return g ? reshape(g, { shape: [size] }) : graph.constant(zeros([size]));
  });
  for (const [i, { shape }] of whole.parameters.entries()) {
    const accumulated = graph.input(pieceName(checkpointed.accumulated, i), 'float32', shape);
    const own = parameters.parametersOf(i).map(at => parts[at]!);
    graph.output(pieceName(checkpointed.gradients, i), add(accumulated, concat(own, { axis: 0 })));
  }
  return { pass: await runtime.compile(graph, options), takesSeed, outputNames };
};

/** Feeds of one microbatch. */
type Microbatch = PreparedBatch['microbatches'][number];

/** An array on the device, in pieces. */
type DevicePieces = readonly DeviceTensor[];

interface DeviceArrays extends Record<keyof TrainingArrays | 'gradients' | 'none', DevicePieces> {
  readonly decayed: DevicePieces | undefined;
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
    private readonly arrays: DeviceArrays,
    /** Names of the task's outputs besides the loss. */
    readonly outputNames: readonly string[],
  ) {}

  static async compile(setup: Setup, options: AdamWOptions, arrays: TrainingArrays): Promise<TrainPrograms> {
    const { runtime, parameters } = setup;
    const { pass, takesSeed, outputNames } = await compileForwardBackward(setup);
    const sizes = parameters.pieces.map(({ start, end }) => end - start);
    const decayed = options.weight_decay > 0 ? parameters.decayed() : undefined;
    const gradNorm = await compileGradNorm(runtime, sizes);
    const adamw = await compileAdamW(runtime, options, { selective: decayed !== undefined });
    const place = (data: readonly Float32Array[]) =>
      Promise.all(data.map(piece => runtime.upload(float32(piece))));
    const empty = () => Promise.all(sizes.map(size => runtime.allocateZeros([size])));
    const placed: DeviceArrays = {
      parameters: await place(parameters.split(arrays.parameters)),
      exp_avg: await place(parameters.split(arrays.exp_avg)),
      exp_avg_sq: await place(parameters.split(arrays.exp_avg_sq)),
      gradients: await empty(),
      none: await empty(),
      decayed: decayed && (await place(parameters.split(decayed))),
    };
    return new TrainPrograms({ pass, takesSeed, gradNorm, adamw }, parameters, options, placed, outputNames);
  }

  /** Loss and outputs of one microbatch; adds its gradients to the accumulated ones, or with `first` starts a new sum. */
  pass(
    feeds: Microbatch,
    { first, seed }: { first: boolean; seed: number },
  ): Promise<Record<string, Tensor>> {
    const { pass, takesSeed } = this.programs;
    const { parameters, gradients, none } = this.arrays;
    return pass.run(
      {
        ...feeds,
        ...(takesSeed && { [dropoutSeed]: int32([seed], []) }),
        ...named('parameters', parameters),
        ...named(checkpointed.accumulated, first ? none : gradients),
      },
      named(checkpointed.gradients, gradients),
    );
  }

  /** Runs another program on the parameters as they are. */
  forward(program: Program, feeds: Microbatch): Promise<Record<string, Tensor>> {
    return program.run({ ...feeds, ...named('parameters', this.arrays.parameters) });
  }

  /** Sums the gradients over all processes, in place, piece by piece. @param empty nothing was accumulated here */
  async sumGradients(collective: Collective, { empty }: { readonly empty: boolean }): Promise<void> {
    if (collective.size === 1) return;
    for (const piece of this.arrays.gradients) {
      const values = empty ? new Float32Array(piece.shape[0]!) : ((await piece.read()).data as Float32Array);
      await collective.allReduce(values);
      await piece.write(float32(values));
    }
  }

  /** Updates the parameters; returns the norm of the gradients before clipping. */
  async step(at: Omit<AdamWStep, 'grad_norm'>): Promise<number> {
    const { parameters, exp_avg, exp_avg_sq, gradients, decayed } = this.arrays;
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
    const read = async (pieces: DevicePieces) =>
      this.parameters.join(
        (await Promise.all(pieces.map(piece => piece.read()))).map(({ data }) => data as Float32Array),
      );
    const { parameters, exp_avg, exp_avg_sq } = this.arrays;
    return {
      parameters: await read(parameters),
      exp_avg: await read(exp_avg),
      exp_avg_sq: await read(exp_avg_sq),
    };
  }

  async dispose(): Promise<void> {
    const { pass, gradNorm, adamw } = this.programs;
    const arrays = Object.values(this.arrays).flatMap((pieces: DevicePieces | undefined) => pieces ?? []);
    await Promise.all([pass, gradNorm, adamw, ...arrays].map(resource => resource.dispose()));
  }
}

/** Pieces of an array by the names of a program's inputs or outputs. */
const named = (array: string, pieces: DevicePieces): Record<string, DeviceTensor> =>
  Object.fromEntries(pieces.map((piece, i) => [pieceName(array, i), piece]));
