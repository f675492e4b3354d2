import { listSupportedBackends } from 'onnxruntime-node';
import { type OnnxDevice, onnxDevices } from './devices.js';
import { probeDevice } from './probe-device.js';

/** Devices of this build of `onnxruntime-node`, working or not. */
export const knownDevices = (): OnnxDevice[] => {
  const names = new Set(listSupportedBackends().map(({ name }) => name));
  return onnxDevices.filter(device => names.has(device));
};

/** Device with the fastest matrix products; `cpu` where no other device works. */
export const fastestDevice = async (): Promise<OnnxDevice> => {
  let fastest: { device: OnnxDevice; gflops: number } | undefined;
  // One after the other, so that no measurement slows another.
  for (const device of knownDevices()) {
    const probe = await probeDevice(device);
    if (probe.works && !(fastest && fastest.gflops >= probe.gflops)) fastest = probe;
  }
  return fastest?.device ?? 'cpu';
};
