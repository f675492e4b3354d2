import { Graph, matmul, type Runtime, softmax, sum, zeros } from '@charter/tensor';
import { OnnxError } from '../onnx-error.js';
import { deviceAdvice, type OnnxDevice } from './devices.js';

/**
 * Runs a small program and checks its result; disposes of the runtime when it fails.
 *
 * @throws {OnnxError} with advice, when the device cannot be used or computes wrong numbers
 */
export const checkDevice = async (runtime: Runtime, device: Exclude<OnnxDevice, 'cpu'>): Promise<void> => {
  const size = 64;
  const graph = new Graph();
  const x = graph.input('x', 'float32', [size, size]);
  graph.output('y', sum(softmax(matmul(x, x)), { axes: [0, 1] }));
  let found: number;
  try {
    const program = await runtime.compile(graph);
    const { y } = await program.run({ x: zeros([size, size]) });
    found = y!.data[0]!;
    await program.dispose();
  } catch (error) {
    await runtime.dispose();
    // ONNX Runtime's message begins with a position in its source code.
    const reason = (error as Error).message.split('\n')[0]!.replace(/^.* was false\. /, '');
    throw new OnnxError(`The device "${device}" does not work here. ${reason}\n${deviceAdvice[device]}`, {
      cause: error,
    });
  }
  if (Math.abs(found - size) < 1e-3) return;
  await runtime.dispose();
  throw new OnnxError(
    `The device "${device}" computes wrong numbers: the rows of a softmax sum to ${found} instead of ${size}.\n${deviceAdvice[device]}`,
  );
};
