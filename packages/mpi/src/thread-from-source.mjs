// Threads do not inherit the loader of tsx or vitest, so in development the thread loads its source by tsx itself.
import { tsImport } from 'tsx/esm/api';

await tsImport('./mpi-thread.ts', import.meta.url);
