import type { BorrowedBuffer } from '../device-memory.js';
import { GraphError } from '../errors.js';
import type { DeviceTensor } from '../runtime.js';
import type { Tensor } from '../tensor.js';

/**
 * Feed in place of another engine's tensor: its buffer where both are on one device, else a copy on the
 * host. The contents are those at the time of the call.
 *
 * @param device the `GPUDevice` of the engine that asks, if it has one
 */
export const borrowTensor = (
  tensor: DeviceTensor,
  device: object | undefined,
): Promise<BorrowedBuffer | Tensor> => {
  const memory = memoryOnDevice(tensor, device);
  return memory ? memory.lend() : tensor.read();
};

/** The memory of another engine's tensor, where it is on this device and may take a buffer of it. */
export const memoryOnDevice = ({ memory }: DeviceTensor, device: object | undefined) =>
  device !== undefined && memory?.device === device ? memory : undefined;

/** Only the engine of a tensor can fill a slice of it. */
export const foreignSlice = (output: string): GraphError =>
  new GraphError(
    `Output "${output}" goes into a slice of a tensor that lives in another runtime. Upload that tensor to the runtime of the program, or write the output into a whole tensor.`,
  );
