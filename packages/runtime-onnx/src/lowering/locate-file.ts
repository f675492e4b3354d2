import path from 'node:path';
import type { FileLocation } from './lower-graph.js';

/** A file as ONNX names external data: a path without a drive, from the root of the file system. */
export const locateFile = (name: string): FileLocation => {
  const file = path.resolve(name);
  const { root } = path.parse(file);
  return { root, location: path.relative(root, file).split(path.sep).join('/') };
};
