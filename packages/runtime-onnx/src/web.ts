export { createWebRuntime, type WebRuntimeOptions } from './create-web-runtime.js';
export { OnnxError } from './onnx-error.js';
