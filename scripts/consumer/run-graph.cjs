// The same from CommonJS.
const { createOnnxRuntime } = require('@charter/runtime-onnx');
const { float32, Graph, mul } = require('@charter/tensor');

(async () => {
  const graph = new Graph();
  const x = graph.input('x', 'float32', ['n']);
  graph.output('y', mul(x, x));
  const runtime = await createOnnxRuntime();
  const program = await runtime.compile(graph);
  const { y } = await program.run({ x: float32([1, 2, 3], [3]) });
  console.log(y.data.join(' '));
  await runtime.dispose();
})();
