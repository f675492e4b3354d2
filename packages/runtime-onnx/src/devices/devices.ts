/** Execution providers of ONNX Runtime; `wasm` is the one of a browser's processor. */
export type ExecutionProvider = OnnxDevice | 'wasm';

/** Execution providers of `onnxruntime-node`. */
export const onnxDevices = ['cpu', 'webgpu', 'cuda', 'coreml', 'dml'] as const;

export type OnnxDevice = (typeof onnxDevices)[number];

/** Advice where a device does not work. */
export const deviceAdvice: Readonly<Record<Exclude<OnnxDevice, 'cpu'>, string>> = {
  webgpu:
    'WebGPU needs a graphics driver: Vulkan and its loader on Linux (Debian: libvulkan1 and your GPU’s driver, or ' +
    'mesa-vulkan-drivers), Direct3D 12 on Windows, Metal on macOS. Without a GPU, VK_DRIVER_FILES may name a driver ' +
    'that computes on the processor, to try things out.',
  cuda:
    'CUDA needs an NVIDIA GPU with its driver, CUDA 12 and cuDNN 9, and ONNX Runtime’s CUDA libraries, which are ' +
    'fetched when onnxruntime-node is installed with ONNXRUNTIME_NODE_INSTALL=cuda12: docs/cuda.md has the steps.',
  coreml: 'CoreML is part of macOS; onnxruntime-node has it on Apple silicon only.',
  dml: 'DirectML is part of Windows 10 and later, with a GPU that knows Direct3D 12.',
};
