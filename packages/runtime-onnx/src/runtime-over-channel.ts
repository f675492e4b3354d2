import {
  type CompileOptions,
  type DeviceTensor,
  type Graph,
  int8Linear,
  type Program,
  type Runtime,
  type Tensor,
} from '@charter/tensor';
import type { ExecutionProvider } from './devices/devices.js';
import { CallQueue } from './host/call-queue.js';
import type { Channel } from './host/channel.js';
import { hasExactInt8Products } from './int8-products.js';
import { lowerGraph } from './lowering/lower-graph.js';
import type { LocateFile } from './lowering/weight-initializers.js';
import { OnnxProgram } from './onnx-program.js';
import { OrtDeviceTensor } from './tensors/ort-device-tensor.js';

export interface ChannelRuntimeOptions {
  readonly device: ExecutionProvider;
  /** Threads of one operator; undefined takes ONNX Runtime's default. */
  readonly threads?: number | undefined;
  readonly profile?: string | undefined;
  /** True when weights of this size are copied into the layout of the processor's kernels. */
  prepacks(weightBytes: number): boolean;
  /** @throws {OnnxError} when the weights do not fit into memory */
  checkMemory?(weightBytes: number): void;
  /** Location of a weight file; left out where weights cannot be read from files. */
  readonly locate?: LocateFile | undefined;
  /** WebGPU `GPUDevice`, where other engines can use it. */
  readonly gpuDevice?: object | undefined;
}

/** `Runtime` that lowers graphs here and runs them in the host at the other end of the channel. */
export const runtimeOverChannel = (
  channel: Channel,
  { device, threads, profile, prepacks, checkMemory, locate, gpuDevice }: ChannelRuntimeOptions,
): Runtime => {
  const queue = new CallQueue(channel, gpuDevice);
  let exactInt8: Promise<boolean> | undefined;
  /** The processor is asked by the first program with 8-bit products. */
  const allowsInt8 = (): Promise<boolean> => {
    exactInt8 ??= hasExactInt8Products(queue);
    return exactInt8;
  };
  return {
    name: `onnx-${device}`,
    threads,
    device: gpuDevice,
    async compile(graph: Graph, options: CompileOptions = {}): Promise<Program> {
      const { weights = new Map(), activations, lowMemory = false } = options;
      const int8Products = device === 'cpu' && graph.values.some(int8Linear.is) && (await allowsInt8());
      const model = lowerGraph(graph, weights, { device, locate, activations, lowMemory, int8Products });
      checkMemory?.(model.weightBytes);
      const settings = {
        threads,
        prepack: !lowMemory && prepacks(model.weightBytes),
        arena: !lowMemory,
        profile,
      };
      const program = await queue.call('compile', [model, settings], [model.model.buffer]);
      return new OnnxProgram(queue, program, graph);
    },
    upload: (tensor: Tensor): Promise<DeviceTensor> => OrtDeviceTensor.upload(queue, tensor),
    allocateZeros: (shape: readonly number[]): Promise<DeviceTensor> =>
      OrtDeviceTensor.allocateZeros(queue, shape),
    dispose: () => queue.close(),
  };
};
