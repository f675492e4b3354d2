import {
  type CompileOptions,
  checkWeights,
  type DeviceTensor,
  decomposeGraph,
  type Graph,
  type Program,
  type Runtime,
  type Tensor,
  zeros,
} from '@charter/tensor';
import { chooseMode } from './device/choose-mode.js';
import { Device, type GpuMode } from './device/device.js';
import { Engine } from './device/engine.js';
import { acquireContext } from './device/webgpu-context.js';
import { GpuError } from './gpu-error.js';
import { GpuProgram } from './gpu-program.js';
import { type CustomKernel, customLowering } from './kernels/custom-kernel.js';
import { lowerings } from './kernels/lowering.js';
import { GpuTensor } from './tensors/gpu-tensor.js';

export interface GpuRuntimeOptions {
  /**
   * The backend of gpu.js, and no other: what it cannot run fails. Default: `webgpu` where there is an adapter, else
   * `webgl2` in a browser and `cpu` elsewhere; the runtime's name says which.
   */
  readonly mode?: GpuMode | undefined;
  /**
   * The WebGPU `GPUDevice` to compute on, such as `runtime.device` of a runtime on ONNX Runtime in a browser: the two then
   * take each other's device tensors without a copy. gpu.js has one device in a page.
   */
  readonly device?: object | undefined;
  /** Kernels of operations that you defined with `defineOp`, or in place of built-in ones, by the operation's name. */
  readonly kernels?: Readonly<Record<string, CustomKernel>> | undefined;
}

/**
 * gpu.js as an engine. Results stay on the device between kernels; int32 values stay on the host, because most
 * backends would round them to 24 bits.
 *
 * @throws {GpuError} when the wanted backend does not exist here, or gpu.js computes on another device than the given one
 */
export const createGpuRuntime = async ({
  mode,
  device: gpuDevice,
  kernels = {},
}: GpuRuntimeOptions = {}): Promise<Runtime> => {
  if (gpuDevice && mode !== undefined && mode !== 'webgpu')
    throw new GpuError(`A WebGPU device is given, but mode "${mode}" does not compute on one.`);
  const chosen = gpuDevice ? 'webgpu' : await chooseMode(mode);
  const device = new Device(chosen, chosen === 'webgpu' ? await acquireContext(gpuDevice) : undefined);
  const custom = Object.entries(kernels).map(([name, kernel]) => [name, customLowering(kernel)] as const);
  const table = new Map([...lowerings, ...custom]);
  const engine = new Engine(device, table);
  return {
    name: `gpu.js-${device.mode}`,
    device: device.gpuDevice,
    async compile(graph: Graph, { weights = new Map() }: CompileOptions = {}): Promise<Program> {
      const program = decomposeGraph(graph, value => table.has(value.op));
      checkWeights(program, weights);
      return GpuProgram.compile(engine, program, weights);
    },
    upload: (tensor: Tensor): Promise<DeviceTensor> => GpuTensor.upload(engine, tensor),
    allocateZeros: (shape: readonly number[]): Promise<DeviceTensor> =>
      GpuTensor.upload(engine, zeros(shape)),
    dispose: () => engine.end(),
  };
};
