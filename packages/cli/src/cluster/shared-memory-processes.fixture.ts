import type { Collective } from '@charter/trainer';

type Values = Float32Array | Float64Array | Uint8Array;

/** Collectives of `size` ranks that run side by side in this process: rank i of the list is one of them. */
export const sharedMemoryProcesses = (size: number): Collective[] => {
  const waiting: { values: Values; resolve: () => void }[] = [];
  /** Ends a call of all ranks, once the last of them is here. */
  const meet = (rank: number, values: Values, work: (all: readonly Values[]) => void): Promise<void> =>
    new Promise(resolve => {
      waiting[rank] = { values, resolve };
      if (waiting.filter(Boolean).length < size) return;
      const all = waiting.splice(0);
      work(all.map(call => call.values));
      for (const call of all) call.resolve();
    });
  const none = new Uint8Array(0);
  return Array.from({ length: size }, (_, rank) => ({
    rank,
    size,
    allReduce: values =>
      meet(rank, values, all => {
        const sum = all.slice(1).reduce((total, part) => total.map((x, i) => x + part[i]!), all[0]!.slice());
        for (const part of all) part.set(sum);
      }),
    broadcast: values =>
      meet(rank, values, all => {
        for (const part of all) part.set(all[0]!);
      }),
    barrier: () => meet(rank, none, () => {}),
    close: () => meet(rank, none, () => {}),
  }));
};
