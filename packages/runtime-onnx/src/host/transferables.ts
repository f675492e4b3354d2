/** Buffers of all tensors in a message, to be moved to the other thread instead of copied. */
export const transferables = (message: unknown): ArrayBuffer[] => {
  const found = new Set<ArrayBuffer>();
  const visit = (part: unknown): void => {
    if (typeof part !== 'object' || part === null) return;
    if (ArrayBuffer.isView(part)) found.add(part.buffer as ArrayBuffer);
    else for (const child of Object.values(part)) visit(child);
  };
  visit(message);
  return [...found];
};
