// A child process does not inherit the loader of tsx or vitest, so in development it loads its source by tsx itself.
import { tsImport } from 'tsx/esm/api';

await tsImport('./probe.ts', import.meta.url);
