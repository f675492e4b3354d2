export { createOnnxRuntime, type OnnxRuntimeOptions } from './create-onnx-runtime.js';
export { type OnnxDevice, onnxDevices } from './devices/devices.js';
export { knownDevices } from './devices/fastest-device.js';
export { type DeviceProbe, probeDevice } from './devices/probe-device.js';
export { OnnxError } from './onnx-error.js';
