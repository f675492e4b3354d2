import { describeRuntime } from '@charter/tensor/testing';
import { createOnnxRuntime } from './create-onnx-runtime.js';

describeRuntime('onnx-cpu', createOnnxRuntime);
