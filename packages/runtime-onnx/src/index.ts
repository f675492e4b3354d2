export { createOnnxRuntime, type OnnxRuntimeOptions } from './create-onnx-runtime.js';
export { type OnnxDevice, onnxDevices } from './devices.js';
export { knownDevices } from './fastest-device.js';
export { OnnxError } from './onnx-error.js';
export { type DeviceProbe, probeDevice } from './probe-device.js';
