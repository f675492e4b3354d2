import type { CompileOptions, DeviceTensor, Graph, Program, Runtime, Tensor } from '@charter/tensor';
import type { ExecutionProvider } from './devices/devices.js';
import { CallQueue } from './host/call-queue.js';
import type { Channel } from './host/channel.js';
import { type LocateFile, lowerGraph } from './lowering/lower-graph.js';
import { OnnxProgram } from './onnx-program.js';
import { OrtDeviceTensor } from './tensors/ort-device-tensor.js';

export interface ChannelRuntimeOptions {
  readonly device: ExecutionProvider;
  /** Threads of one operator; undefined leaves it to the engine. */
  readonly threads?: number | undefined;
  readonly profile?: string | undefined;
  /** Whether to copy weights of this size into the order that the processor likes. */
  prepacks(weightBytes: number): boolean;
  /** Left out where weights cannot be read from files. */
  readonly locate?: LocateFile | undefined;
  /** The WebGPU `GPUDevice`, where other engines can use it. */
  readonly gpuDevice?: object | undefined;
}

/** The `Runtime` of an engine: lowers graphs and hands them over. */
export const runtimeOverChannel = (
  caller: Channel,
  { device, threads, profile, prepacks, locate, gpuDevice }: ChannelRuntimeOptions,
): Runtime => {
  const engine = new CallQueue(caller, gpuDevice);
  return {
    name: `onnx-${device}`,
    device: gpuDevice,
    async compile(graph: Graph, options: CompileOptions = {}): Promise<Program> {
      const { weights = new Map(), activations, lowMemory = false } = options;
      const program = lowerGraph(graph, weights, { device, locate, activations, lowMemory });
      const settings = {
        threads,
        prepack: !lowMemory && prepacks(program.weightBytes),
        arena: !lowMemory,
        profile,
      };
      const session = await engine.call('compile', [program, settings], [program.model.buffer]);
      return new OnnxProgram(engine, session, graph);
    },
    upload: (tensor: Tensor): Promise<DeviceTensor> => OrtDeviceTensor.place(engine, tensor),
    allocateZeros: (shape: readonly number[]): Promise<DeviceTensor> =>
      OrtDeviceTensor.placeZeros(engine, shape),
    dispose: () => engine.end(),
  };
};
