import { availableParallelism, totalmem } from 'node:os';
import type { CompileOptions, DeviceTensor, Graph, Program, Runtime, Tensor } from '@charter/tensor';
import { EngineClient } from './engine-client.js';
import { lowerGraph } from './lower-graph.js';
import { OnnxProgram } from './onnx-program.js';
import { PlacedTensor } from './placed-tensor.js';

export interface OnnxRuntimeOptions {
  /** Threads of one operator; default: as many as the process may use. */
  readonly threads?: number | undefined;
  /**
   * Prefix of files into which each program, when it is disposed, writes how long every operator took: Chrome traces,
   * which ui.perfetto.dev opens.
   */
  readonly profile?: string | undefined;
}

/** The weights themselves, and prepacked for the forward and for the backward products: 10 to 15 % faster. */
const COPIES = 3;

/**
 * ONNX Runtime on the CPU, in a thread of its own: while a program runs, timers, servers and progress bars of the
 * calling thread go on. Calls run one after the other, in the order in which they were made.
 */
export const createOnnxRuntime = async ({
  threads = availableParallelism(),
  profile,
}: OnnxRuntimeOptions = {}): Promise<Runtime> => {
  const engine = new EngineClient();
  return {
    name: 'onnx-cpu',
    async compile(graph: Graph, { weights = new Map() }: CompileOptions = {}): Promise<Program> {
      const program = lowerGraph(graph, weights);
      const prepack = program.weightBytes * COPIES < totalmem() / 2;
      const settings = { threads, prepack, profile };
      const session = await engine.call('compile', [program, settings], [program.model.buffer]);
      return new OnnxProgram(engine, session, graph);
    },
    place: (tensor: Tensor): Promise<DeviceTensor> => PlacedTensor.place(engine, tensor),
    dispose: () => engine.end(),
  };
};
