import {
  type CompileOptions,
  checkWeights,
  type DeviceTensor,
  decomposeGraph,
  type Graph,
  type Program,
  type Runtime,
  type Tensor,
} from '@charter/tensor';
import { chooseMode } from './choose-mode.js';
import { type CustomKernel, customLowering } from './custom-kernel.js';
import { Device, type GpuMode } from './device.js';
import { Engine } from './engine.js';
import { GpuProgram } from './gpu-program.js';
import { GpuTensor } from './gpu-tensor.js';
import { lowerings } from './lowering.js';

export interface GpuRuntimeOptions {
  /**
   * The backend of gpu.js, and no other: what it cannot run fails. Default: `webgpu` where there is an adapter, else
   * `webgl2` in a browser and `cpu` elsewhere; the runtime's name says which.
   */
  readonly mode?: GpuMode | undefined;
  /** Kernels of operations that you defined with `defineOp`, or in place of built-in ones, by the operation's name. */
  readonly kernels?: Readonly<Record<string, CustomKernel>> | undefined;
}

/**
 * gpu.js as an engine. Results stay on the device between kernels; int32 values stay on the host, because most
 * backends would round them to 24 bits.
 *
 * @throws {GpuError} when the wanted backend does not exist here
 */
export const createGpuRuntime = async ({ mode, kernels = {} }: GpuRuntimeOptions = {}): Promise<Runtime> => {
  const device = new Device(await chooseMode(mode));
  const custom = Object.entries(kernels).map(([name, kernel]) => [name, customLowering(kernel)]);
  const table = { ...lowerings, ...Object.fromEntries(custom) };
  const engine = new Engine(device, table);
  return {
    name: `gpu.js-${device.mode}`,
    async compile(graph: Graph, { weights = new Map() }: CompileOptions = {}): Promise<Program> {
      const program = decomposeGraph(graph, value => value.op in table);
      checkWeights(
        program.reachable().filter(value => value.op === 'weight'),
        weights,
      );
      return GpuProgram.compile(engine, program, weights);
    },
    place: (tensor: Tensor): Promise<DeviceTensor> => GpuTensor.place(engine, tensor),
    dispose: () => engine.end(),
  };
};
