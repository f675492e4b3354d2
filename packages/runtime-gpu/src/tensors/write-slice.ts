import { elementCount, type TensorData, type TensorSlice } from '@charter/tensor';
import { Buffer } from '../device/buffer.js';
import type { Device } from '../device/device.js';
import { KernelSource } from '../kernels/kernel-source.js';
import type { Slot } from '../plan/slot.js';
import type { GpuTensor } from './gpu-tensor.js';

/**
 * Writes an output into a slice of a device tensor. Buffers are never changed, so the tensor gets a new one, made of
 * the old one and the output by one kernel; nothing travels.
 *
 * @param shape of the output
 */
export const writeSlice = async (
  device: Device,
  output: Buffer,
  shape: readonly number[],
  { tensor, axis, start, count }: TensorSlice,
): Promise<void> => {
  const target = tensor as GpuTensor;
  const { dtype } = target;
  const [rows, between] = [shape[0]!, elementCount(shape.slice(1, axis))];
  const after = elementCount(shape.slice(axis + 1));
  const [from, to] = [shape[axis]! * after, target.shape[axis]! * after];
  if (dtype === 'int32') {
    const data = (await target.buffer.data(dtype)).slice();
    const source = await output.data(dtype);
    for (let i = 0; i < rows * between; i++) {
      const row = Math.floor(i / between);
      data.set(
        source.subarray(i * from, i * from + count[row]! * after) as never,
        i * to + start[row]! * after,
      );
    }
    return target.replace(Buffer.ofHost(device, data));
  }
  const slot = (size: number): Slot => ({ dtype, size, onHost: false });
  const kernel = new KernelSource();
  const [old, fresh, starts, counts] = [
    slot(rows * between * to),
    slot(rows * between * from),
    slot(rows),
    slot(rows),
  ];
  const [row, block, column] = kernel.coordinates('this.thread.x', [rows, between, to]) as [
    string,
    string,
    string,
  ];
  const perRow = (numbers: Slot) =>
    kernel.variable(`${kernel.load(numbers, 0, [row], [1])} * ${kernel.integer(after)}`);
  const at = kernel.variable(`${column} - ${perRow(starts)}`);
  const length = perRow(counts);
  const result = kernel.variable(kernel.load(old, 0, ['this.thread.x'], [1]));
  const element = kernel.load(fresh, 0, [row, block, `(${at} | 0)`], [between * from, from, 1]);
  kernel.line(`if (${at} >= 0 && ${at} < ${length}) { ${result} = ${element}; }`);
  const { source, arrays, integers, floats } = kernel.finish(result);
  const numbers = (data: TensorData) => Buffer.ofHost(device, Float32Array.from(data));
  const buffers = new Map([
    [old, target.buffer.retain()],
    [fresh, output.retain()],
    [starts, numbers(start)],
    [counts, numbers(count)],
  ]);
  const handles = await Promise.all(arrays.map(array => buffers.get(array)!.handle()));
  const merged = await device.run(source, { arrays: handles, integers, floats }, old.size);
  await target.replace(Buffer.ofDevice(device, merged));
  for (const buffer of buffers.values()) await buffer.release();
};
