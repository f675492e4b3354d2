import { type DType, elementCount, type Tensor } from '@charter/tensor';
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import type { EngineCalls, Placed, PlacedWindow, RunRequest, SessionSettings } from './engine-messages.js';
import type { OnnxModel } from './lower-graph.js';
import { writeWindow } from './write-window.js';

type Async<T> = {
  [K in keyof T]: T[K] extends (...args: infer A) => infer R ? (...args: A) => R | Promise<R> : never;
};

/** Sessions and tensors of ONNX Runtime, by number. Runs inside the worker; its calls must not overlap. */
export class Engine implements Async<EngineCalls> {
  readonly #sessions = new Map<
    number,
    { session: InferenceSession; program: OnnxModel; profiled: boolean }
  >();
  readonly #tensors = new Map<number, Tensor>();
  #count = 0;

  async compile(program: OnnxModel, { threads, prepack, profile }: SessionSettings): Promise<number> {
    const session = await InferenceSession.create(program.model, {
      executionProviders: ['cpu'],
      intraOpNumThreads: threads,
      graphOptimizationLevel: 'all',
      // Sizes change from run to run, and a plan of one block beside the arena held half as much memory again.
      enableMemPattern: false,
      logSeverityLevel: 3,
      ...(profile !== undefined && { enableProfiling: true, profileFilePrefix: profile }),
      externalData: program.inMemory.map(({ path, data }) => ({ path, data })),
      extra: {
        session: {
          disable_prepacking: prepack ? '0' : '1',
          // Long enough for the gaps between products. By default idle threads spin much longer, which on a busy
          // machine took a sixth more processor time for the same pass.
          intra_op: { spin_duration_us: '1000' },
          ...(program.folder !== undefined && {
            model_external_initializers_file_folder_path: program.folder,
          }),
        },
      },
    });
    // The program is kept because weights in memory may be read where they are.
    this.#sessions.set(++this.#count, { session, program, profiled: profile !== undefined });
    return this.#count;
  }

  place(tensor: Tensor): number {
    this.#tensors.set(++this.#count, tensor);
    return this.#count;
  }

  /** A copy: the tensor itself stays. */
  read(tensor: number): Tensor {
    const { dtype, shape, data } = this.#tensor(tensor);
    return { dtype, shape, data: data.slice() };
  }

  write(tensor: number, value: Tensor): void {
    this.#tensors.set(tensor, value);
  }

  async run({ session, feeds, into }: RunRequest): Promise<Record<string, Tensor>> {
    const { session: ort, program } = this.#sessions.get(session)!;
    const outputs = await ort.run(
      Object.fromEntries(
        Object.entries(feeds).map(([name, feed]) => [
          name,
          toOrt('placed' in feed ? this.#tensor(feed.placed) : feed),
        ]),
      ),
    );
    const rest: Record<string, Tensor> = {};
    for (const [inModel, name] of program.outputs) {
      const tensor = fromOrt(outputs[inModel]!);
      const target = into[name];
      if (target) this.#store(tensor, target);
      else rest[name] = tensor;
    }
    return rest;
  }

  async release(session: number): Promise<void> {
    const held = this.#sessions.get(session);
    this.#sessions.delete(session);
    if (held?.profiled) held.session.endProfiling();
    await held?.session.release();
  }

  forget(tensor: number): void {
    this.#tensors.delete(tensor);
  }

  async end(): Promise<void> {
    for (const session of [...this.#sessions.keys()]) await this.release(session);
    this.#tensors.clear();
  }

  #store(output: Tensor, target: Placed | PlacedWindow): void {
    if ('axis' in target) writeWindow(this.#tensor(target.placed), output, target);
    // The binding gives every output a buffer of its own, so it can take the place of the old one uncopied.
    else this.#tensors.set(target.placed, output);
  }

  #tensor(number: number): Tensor {
    const tensor = this.#tensors.get(number);
    if (!tensor) throw new Error('A device tensor is used after it was disposed.');
    return tensor;
  }
}

const toOrt = ({ dtype, shape, data }: Tensor): OrtTensor =>
  new OrtTensor(dtype, data as Float32Array, shape);

const fromOrt = (output: OrtTensor): Tensor => {
  const { type, dims, data } = output;
  const shape = [...dims];
  // An empty output comes without a buffer of its own.
  if (elementCount(shape) === 0) return { dtype: type as DType, shape, data: (data as Float32Array).slice() };
  return { dtype: type as DType, shape, data: data as Float32Array };
};
