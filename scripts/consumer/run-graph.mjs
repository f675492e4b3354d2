// The engine's thread starts from the installed files.
import { createOnnxRuntime } from '@charter/runtime-onnx';
import { float32, Graph, mul } from '@charter/tensor';

const graph = new Graph();
const x = graph.input('x', 'float32', ['n']);
graph.output('y', mul(x, x));
const runtime = await createOnnxRuntime();
const program = await runtime.compile(graph);
const { y } = await program.run({ x: float32([1, 2, 3], [3]) });
console.log(y.data.join(' '));
await runtime.dispose();
