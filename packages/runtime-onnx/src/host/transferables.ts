/** The buffers of the tensors in a message, which go over to the other thread uncopied. */
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
