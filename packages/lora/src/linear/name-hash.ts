/** A 32-bit number from a name ("FNV-1a" of Fowler, Noll and Vo), the same on every machine. */
export const nameHash = (name: string): number => {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash | 0;
};
