#!/usr/bin/env bash
# onnxruntime-node 1.30.0, CPU execution provider, x86-64.
# Behaviour: Sigmoid of float32 is 0 at -18 and below, and 17 % too large at -15, although 1 / (1 + exp(-x)) made of
# the operators Neg, Exp, Add and Reciprocal is right to 1e-6 there. A guess from "float32" would be a relative error
# near 1e-7 down to -87. The gradient of a loss that is log(sigmoid(x)) vanishes early.
# Output seen: Sigmoid 3.5762786865234375e-7 0 / composed 3.0590220490012143e-7 1.5229980832032197e-8
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts onnxruntime-node@1.30.0
python3 -m venv venv
venv/bin/pip install --quiet onnx==1.23.2
venv/bin/python - <<'PY'
from onnx import TensorProto, helper, numpy_helper, save
import numpy as np
x = helper.make_tensor_value_info('x', TensorProto.FLOAT, [2])
outs = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [2]) for n in ('s', 'c')]
nodes = [
    helper.make_node('Sigmoid', ['x'], ['s']),
    helper.make_node('Neg', ['x'], ['n']),
    helper.make_node('Exp', ['n'], ['e']),
    helper.make_node('Add', ['e', 'one'], ['a']),
    helper.make_node('Reciprocal', ['a'], ['c']),
]
one = numpy_helper.from_array(np.array(1, np.float32), 'one')
graph = helper.make_graph(nodes, 'g', [x], outs, [one])
save(helper.make_model(graph, opset_imports=[helper.make_opsetid('', 21)], ir_version=10), 'm.onnx')
PY
node --input-type=module - <<'JS'
import { createRequire } from 'node:module';
const ort = createRequire(`${process.cwd()}/`)('onnxruntime-node');
const session = await ort.InferenceSession.create('m.onnx');
const { s, c } = await session.run({ x: new ort.Tensor('float32', Float32Array.of(-15, -18), [2]) });
console.log('Sigmoid', ...s.data, '/ composed', ...c.data);
const exact = [-15, -18].map(at => 1 / (1 + Math.exp(-at)));
if (s.data[1] !== 0 || Math.abs(s.data[0] / exact[0] - 1) < 0.1) throw new Error('Sigmoid changed: its tail is no longer cut off.');
if (c.data.some((value, i) => Math.abs(value / exact[i] - 1) > 1e-6)) throw new Error('The composed form changed.');
JS
