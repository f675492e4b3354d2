import type { ExecutionProvider } from '../devices/devices.js';
import { foldOneHot } from './fold-one-hot.js';
import { foldProducts } from './fold-products.js';
import { foldReshapes } from './fold-reshapes.js';
import { recomputeCheap } from './recompute-cheap.js';
import type { GraphPass } from './rewrite-graph.js';
import { shareInverseRms } from './share-inverse-rms.js';

/** Passes over a decomposed graph, in order. A new one is a file beside these and a line here. */
export const graphPasses = (device: ExecutionProvider): readonly GraphPass[] => [
  foldOneHot,
  // WebGPU's rmsNorm does not return its inverse root mean square.
  ...(device === 'webgpu' ? [] : [shareInverseRms]),
  foldProducts,
  foldReshapes,
  recomputeCheap,
];
