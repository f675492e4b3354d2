import { describeRuntime } from '@charter/tensor/testing';
import { describe } from 'vitest';
import { withoutDriver } from '../../../tests/webgpu-driver.js';
import { createOnnxRuntime } from './create-onnx-runtime.js';

describeRuntime('onnx-cpu', createOnnxRuntime);
describe.skipIf(withoutDriver)(`WebGPU in Node${withoutDriver ? `: ${withoutDriver}` : ''}`, () => {
  describeRuntime('onnx-webgpu', () => createOnnxRuntime({ device: 'webgpu' }));
});
