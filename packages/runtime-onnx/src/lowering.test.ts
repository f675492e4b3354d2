import { ops } from '@charter/tensor';
import { expect, it } from 'vitest';
import { lowerings } from './lowering.js';

/** Operations that are decomposed although they could have a row of their own. */
const decomposed: Readonly<Record<string, string>> = {
  attention: 'ONNX Runtime fuses attention without the gradients that its softmax needs',
  rotary: 'the fused operator looks its angles up by position, but here they are values of the graph',
};

it('lowers every operation, or says why it is decomposed', () => {
  const open = [...ops.keys()].filter(name => !(name in lowerings));
  expect(open.sort()).toEqual(Object.keys(decomposed).sort());
  for (const name of open) expect(ops.get(name)!.decompose, name).toBeDefined();
});
