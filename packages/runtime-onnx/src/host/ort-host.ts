import { type BorrowedBuffer, type Tensor, zeros } from '@charter/tensor';
import type { ExecutionProvider } from '../devices/devices.js';
import type { OnnxModel } from '../lowering/lower-graph.js';
import { CpuTensorStore } from '../tensors/cpu-tensor-store.js';
import { GpuTensorStore } from '../tensors/gpu-tensor-store.js';
import { fromOrt, toOrt } from '../tensors/ort-tensor.js';
import type { TensorStore } from '../tensors/tensor-store.js';
import type { HostCalls, RunRequest, SessionSettings } from './host-calls.js';
import type { Ort, OrtSession } from './ort.js';

type Async<T> = {
  [K in keyof T]: T[K] extends (...args: infer A) => infer R ? (...args: A) => R | Promise<R> : never;
};

interface HostedProgram {
  /** Kept because ONNX Runtime may read weights in memory without a copy. */
  readonly model: OnnxModel;
  readonly settings: SessionSettings;
  /** Sessions by the outputs that stay on the device, which ONNX Runtime is told when it creates a session. */
  readonly sessions: Map<string, OrtSession>;
}

/** Owner of ONNX Runtime's sessions and device tensors, by id. Its calls must not overlap. */
export class OrtHost implements Async<HostCalls> {
  readonly #programs = new Map<number, HostedProgram>();
  readonly #tensors: TensorStore;
  #lastId = 0;

  constructor(
    private readonly ort: Ort,
    private readonly device: ExecutionProvider = 'cpu',
  ) {
    this.#tensors =
      device === 'webgpu'
        ? new GpuTensorStore(ort, (model, location) =>
            ort.InferenceSession.create(model, {
              executionProviders: [device],
              logSeverityLevel: 3,
              preferredOutputLocation: location,
            }),
          )
        : new CpuTensorStore(ort);
  }

  async compile(model: OnnxModel, settings: SessionSettings): Promise<number> {
    const hosted: HostedProgram = { model, settings, sessions: new Map() };
    const program = ++this.#lastId;
    this.#programs.set(program, hosted);
    // On a device of its own memory the session is created by the first run, which knows the outputs that stay there.
    if (!this.#tensors.keepsOutputs) await this.#session(hosted, []);
    return program;
  }

  async disposeProgram(program: number): Promise<void> {
    const hosted = this.#programs.get(program);
    this.#programs.delete(program);
    for (const session of hosted?.sessions.values() ?? []) {
      if (hosted?.settings.profile !== undefined) session.endProfiling();
      await session.release();
    }
  }

  async run({ program, feeds, into }: RunRequest): Promise<Record<string, Tensor>> {
    const hosted = this.#programs.get(program)!;
    const outputs = [...hosted.model.outputs];
    const kept = this.#tensors.keepsOutputs ? outputs.filter(([, name]) => name in into) : [];
    const session = await this.#session(
      hosted,
      kept.map(([inModel]) => inModel),
    );
    const results = await session.run(
      Object.fromEntries(
        Object.entries(feeds).map(([name, feed]) => [
          name,
          'tensor' in feed ? this.#tensors.feed(feed.tensor) : toOrt(this.ort, feed),
        ]),
      ),
    );
    const returned: Record<string, Tensor> = {};
    for (const [inModel, name] of outputs) {
      const target = into[name];
      const output = results[inModel]!;
      if (!target) returned[name] = fromOrt(output);
      else if ('axis' in target) await this.#tensors.writeSlice(target, output);
      else this.#tensors.replace(target.tensor, output);
    }
    return returned;
  }

  async upload(tensor: Tensor): Promise<number> {
    const id = ++this.#lastId;
    await this.#tensors.upload(id, tensor);
    return id;
  }

  allocateZeros(shape: readonly number[]): Promise<number> {
    return this.upload(zeros(shape));
  }

  async read(tensor: number): Promise<Tensor> {
    return this.#tensors.read(tensor);
  }

  async write(tensor: number, value: Tensor): Promise<void> {
    await this.#tensors.upload(tensor, value);
  }

  reserveTensor(): number {
    return ++this.#lastId;
  }

  lend(tensor: number): BorrowedBuffer {
    return this.#tensors.lend(tensor);
  }

  adopt(tensor: number, borrowed: BorrowedBuffer, shape: readonly number[]): void {
    this.#tensors.adopt(tensor, borrowed, shape);
  }

  disposeTensor(tensor: number): void {
    this.#tensors.dispose(tensor);
  }

  async close(): Promise<void> {
    for (const program of [...this.#programs.keys()]) await this.disposeProgram(program);
    await this.#tensors.close();
  }

  async #session(
    { model, settings, sessions }: HostedProgram,
    keptOutputs: readonly string[],
  ): Promise<OrtSession> {
    const key = keptOutputs.join('\n');
    const known = sessions.get(key);
    if (known) return known;
    const { threads, prepack, arena, profile } = settings;
    const session = await this.ort.InferenceSession.create(model.model, {
      executionProviders: [this.device],
      ...(threads !== undefined && { intraOpNumThreads: threads }),
      ...(keptOutputs.length > 0 && {
        preferredOutputLocation: Object.fromEntries(keptOutputs.map(name => [name, 'gpu-buffer' as const])),
      }),
      graphOptimizationLevel: model.optimization,
      // Sizes change from run to run, and a plan of one block beside the arena held half as much memory again.
      enableMemPattern: false,
      enableCpuMemArena: arena,
      logSeverityLevel: 3,
      ...(profile !== undefined && { enableProfiling: true, profileFilePrefix: profile }),
      externalData: model.inMemory.map(({ path, data }) => ({ path, data })),
      extra: {
        // It would merge recomputed values with those that they replace; a graph holds nothing else twice.
        optimization: { disable_specified_optimizers: 'CommonSubexpressionElimination' },
        session: {
          disable_prepacking: prepack ? '0' : '1',
          // Long enough for the gaps between products. By default idle threads spin much longer, which on a busy
          // machine took a sixth more processor time for the same pass.
          intra_op: { spin_duration_us: '1000' },
          ...(model.folder !== undefined && {
            model_external_initializers_file_folder_path: model.folder,
          }),
        },
      },
    });
    sessions.set(key, session);
    return session;
  }
}
