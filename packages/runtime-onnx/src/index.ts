export { createOnnxRuntime, type OnnxRuntimeOptions } from './create-onnx-runtime.js';
export { OnnxError } from './onnx-error.js';
