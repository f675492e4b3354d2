/** A WebGPU buffer that one engine lends to another: float32, row-major, from its start on; it may be longer. */
export interface BorrowedBuffer {
  /** A `GPUBuffer`; not to be written. */
  readonly buffer: object;
  /** To be called once, when the borrower has handed all that reads it to the device. */
  release(): void | Promise<void>;
}

/**
 * Memory of a tensor on a WebGPU device, in which engines on the same device may share buffers: nothing is copied,
 * because no engine writes to a buffer that holds a tensor; it takes a new one.
 */
export interface DeviceMemory {
  /** The `GPUDevice`. */
  readonly device: object;
  /** The contents as they are when it is called. The buffer outlives the tensor until it is released. */
  lend(): Promise<BorrowedBuffer>;
  /** Takes a buffer over in place of the contents, and releases it when these are replaced or disposed. */
  adopt(lent: BorrowedBuffer): Promise<void>;
}
