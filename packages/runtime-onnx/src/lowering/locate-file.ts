import path from 'node:path';
import type { FileLocation } from './weight-initializers.js';

/** Location of a file in ONNX's form for external data: a path without a drive, from the root of the file system. */
export const locateFile = (name: string): FileLocation => {
  const file = path.resolve(name);
  const { root } = path.parse(file);
  return { root, location: path.relative(root, file).split(path.sep).join('/') };
};
