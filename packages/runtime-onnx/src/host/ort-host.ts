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

interface HeldProgram {
  /** Kept because weights in memory may be read where they are. */
  readonly program: OnnxModel;
  readonly settings: SessionSettings;
  /** Sessions by the outputs that they leave on the device, which ONNX Runtime wants to know beforehand. */
  readonly sessions: Map<string, OrtSession>;
}

/** Sessions and tensors of ONNX Runtime, by number. Its calls must not overlap. */
export class OrtHost implements Async<HostCalls> {
  readonly #programs = new Map<number, HeldProgram>();
  readonly #store: TensorStore;
  #count = 0;

  constructor(
    private readonly ort: Ort,
    private readonly device: ExecutionProvider = 'cpu',
  ) {
    this.#store =
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

  async compile(program: OnnxModel, settings: SessionSettings): Promise<number> {
    const held: HeldProgram = { program, settings, sessions: new Map() };
    this.#programs.set(++this.#count, held);
    const number = this.#count;
    // Where outputs may stay on the device, the first run says which do.
    if (!this.#store.keepsOutputs) await this.#session(held, []);
    return number;
  }

  async place(tensor: Tensor): Promise<number> {
    const number = ++this.#count;
    await this.#store.place(number, tensor);
    return number;
  }

  placeZeros(shape: readonly number[]): Promise<number> {
    return this.place(zeros(shape));
  }

  async read(tensor: number): Promise<Tensor> {
    return this.#store.read(tensor);
  }

  async write(tensor: number, value: Tensor): Promise<void> {
    await this.#store.place(tensor, value);
  }

  reserve(): number {
    return ++this.#count;
  }

  lend(tensor: number): BorrowedBuffer {
    return this.#store.lend(tensor);
  }

  adopt(tensor: number, lent: BorrowedBuffer, shape: readonly number[]): void {
    this.#store.adopt(tensor, lent, shape);
  }

  async run({ session, feeds, into }: RunRequest): Promise<Record<string, Tensor>> {
    const held = this.#programs.get(session)!;
    const outputs = [...held.program.outputs];
    const kept = this.#store.keepsOutputs ? outputs.filter(([, name]) => name in into) : [];
    const ort = await this.#session(
      held,
      kept.map(([inModel]) => inModel),
    );
    const results = await ort.run(
      Object.fromEntries(
        Object.entries(feeds).map(([name, feed]) => [
          name,
          'placed' in feed ? this.#store.feed(feed.placed) : toOrt(this.ort, feed),
        ]),
      ),
    );
    const rest: Record<string, Tensor> = {};
    for (const [inModel, name] of outputs) {
      const target = into[name];
      const output = results[inModel]!;
      if (!target) rest[name] = fromOrt(output);
      else if ('axis' in target) await this.#store.fill(target, output);
      else this.#store.replace(target.placed, output);
    }
    return rest;
  }

  async release(session: number): Promise<void> {
    const held = this.#programs.get(session);
    this.#programs.delete(session);
    for (const ort of held?.sessions.values() ?? []) {
      if (held?.settings.profile !== undefined) ort.endProfiling();
      await ort.release();
    }
  }

  forget(tensor: number): void {
    this.#store.forget(tensor);
  }

  async end(): Promise<void> {
    for (const session of [...this.#programs.keys()]) await this.release(session);
    await this.#store.end();
  }

  async #session({ program, settings, sessions }: HeldProgram, kept: readonly string[]): Promise<OrtSession> {
    const key = kept.join('\n');
    const known = sessions.get(key);
    if (known) return known;
    const { threads, prepack, arena, profile } = settings;
    const session = await this.ort.InferenceSession.create(program.model, {
      executionProviders: [this.device],
      ...(threads !== undefined && { intraOpNumThreads: threads }),
      ...(kept.length > 0 && {
        preferredOutputLocation: Object.fromEntries(kept.map(name => [name, 'gpu-buffer' as const])),
      }),
      graphOptimizationLevel: program.rewrite ? 'all' : 'disabled',
      // Sizes change from run to run, and a plan of one block beside the arena held half as much memory again.
      enableMemPattern: false,
      enableCpuMemArena: arena,
      logSeverityLevel: 3,
      ...(profile !== undefined && { enableProfiling: true, profileFilePrefix: profile }),
      externalData: program.inMemory.map(({ path, data }) => ({ path, data })),
      extra: {
        // It would merge what is computed again with what is not to be kept; graphs hold nothing twice anyway.
        optimization: { disable_specified_optimizers: 'CommonSubexpressionElimination' },
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
    sessions.set(key, session);
    return session;
  }
}
