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
  type Tensor,
  zeros,
} from '@charter/tensor';
import { type AdamWOptions, type AdamWStep, adamwScalars, compileAdamW } from './adamw.js';
import { eachPart, type PassResult } from './each-part.js';
import type { FlatParameters } from './flat-parameters.js';
import { compileCheckpointed, compileLayers } from './gradient-checkpointing/checkpointed-program.js';
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
  const flat = graph.input('parameters', 'float32', [parameters.size]);
  const trained = parameters.bind(graph, flat);
  const { loss, outputs } = task.build(graph, mode);
  graph.output('loss', loss);
  for (const [name, value] of Object.entries(outputs)) graph.output(name, value);
  return { graph, loss, trained, parameters: flat };
};

/** The loss and its metrics without gradients: for evaluation, and for a reference model. */
export const compileForward = (setup: Setup): Promise<Program> => {
  const { runtime, weights, gradient_checkpointing } = setup;
  const whole = build(setup, 'eval');
  return gradient_checkpointing
    ? compileLayers(runtime, whole, { weights, activations: 'float32', lean: true })
    : runtime.compile(whole.graph, { weights, activations: 'float32' });
};

/** The loss, its metrics, and `gradients`, its gradients added to those of the input `gradients_so_far`. */
export const compilePass = async (setup: Setup): Promise<{ pass: Program; takesSeed: boolean }> => {
  const { runtime, weights, parameters, gradient_checkpointing } = setup;
  const whole = build(setup, 'train');
  const { graph, loss, trained } = whole;
  const takesSeed = graph.inputs.has(dropoutSeed);
  const options = { weights, activations: 'float32' } as const;
  if (gradient_checkpointing) {
    return { pass: await compileCheckpointed(runtime, whole, { ...options, lean: true }), takesSeed };
  }
  const sofar = graph.input('gradients_so_far', 'float32', [parameters.size]);
  const parts = gradients(loss, trained).map((g, i) => {
    const size = trained[i]!.shape.reduce<number>((n, d) => n * (d as number), 1);
    return g ? reshape(g, { shape: [size] }) : graph.constant(zeros([size]));
  });
  graph.output('gradients', add(sofar, concat(parts, { axis: 0 })));
  return { pass: await runtime.compile(graph, options), takesSeed };
};

/**
 * The compiled programs of a run and the arrays that they work on, which stay where the programs run: a pass adds its
 * gradients to one flat array, a step updates the flat parameters from it.
 */
export class TrainPrograms {
  private constructor(
    private readonly pass_: Program,
    private readonly takesSeed: boolean,
    private readonly adamw: Program,
    private readonly options: AdamWOptions,
    private readonly device: Record<
      'parameters' | 'exp_avg' | 'exp_avg_sq' | 'gradients' | 'none',
      DeviceTensor
    > & { readonly decayed?: DeviceTensor },
  ) {}

  static async compile(setup: Setup, options: AdamWOptions, arrays: TrainingArrays): Promise<TrainPrograms> {
    const { runtime, parameters } = setup;
    const { pass, takesSeed } = await compilePass(setup);
    const place = (data: Float32Array) => runtime.place(float32(data));
    const size = parameters.size;
    const decayed = options.weight_decay > 0 ? parameters.decayed() : undefined;
    return new TrainPrograms(
      pass,
      takesSeed,
      await compileAdamW(runtime, options, { selective: decayed !== undefined }),
      options,
      {
        parameters: await place(arrays.parameters),
        exp_avg: await place(arrays.exp_avg),
        exp_avg_sq: await place(arrays.exp_avg_sq),
        gradients: await place(new Float32Array(size)),
        none: await place(new Float32Array(size)),
        ...(decayed && { decayed: await place(decayed) }),
      },
    );
  }

  /** Adds the gradients of one pass, or starts a new sum with them. */
  pass(batch: MicroBatch, { first, seed }: { first: boolean; seed: number }): Promise<PassResult> {
    const { parameters, gradients, none } = this.device;
    return eachPart(batch, (feeds, part) =>
      this.pass_.run(
        {
          ...feeds,
          ...(this.takesSeed && { [dropoutSeed]: int32([hash32(seed ^ hash32(part))], []) }),
          parameters,
          gradients_so_far: first && part === 0 ? none : gradients,
        },
        { gradients },
      ),
    );
  }

  /** Runs another program on the parameters as they are. */
  forward(program: Program, batch: MicroBatch): Promise<PassResult> {
    return eachPart(batch, feeds => program.run({ ...feeds, parameters: this.device.parameters }));
  }

  /** Updates the parameters; returns the norm of the gradients before clipping. */
  async step(at: AdamWStep): Promise<number> {
    const { parameters, exp_avg, exp_avg_sq, gradients, decayed } = this.device;
    const scalars = Object.entries(adamwScalars(at, this.options)).map(
      ([name, value]) => [name, scalar(value)] as const,
    );
    const { grad_norm } = await this.adamw.run(
      {
        parameters,
        exp_avg,
        exp_avg_sq,
        gradients,
        ...(decayed && { decayed }),
        ...Object.fromEntries(scalars),
      },
      { next_parameters: parameters, next_exp_avg: exp_avg, next_exp_avg_sq: exp_avg_sq },
    );
    return grad_norm!.data[0]!;
  }

  async read(): Promise<TrainingArrays> {
    const read = async (tensor: DeviceTensor) => (await tensor.read()).data as Float32Array;
    const { parameters, exp_avg, exp_avg_sq } = this.device;
    return {
      parameters: await read(parameters),
      exp_avg: await read(exp_avg),
      exp_avg_sq: await read(exp_avg_sq),
    };
  }

  async dispose(): Promise<void> {
    await Promise.all([this.pass_, this.adamw, ...Object.values(this.device)].map(part => part.dispose()));
  }
}
