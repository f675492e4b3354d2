import { listSupportedBackends } from 'onnxruntime-node';
import { type OnnxDevice, onnxDevices } from './devices.js';
import { probeDevice } from './probe-device.js';

/** The devices that this build of `onnxruntime-node` knows, whether or not they work here. */
export const knownDevices = (): OnnxDevice[] => {
  const names = new Set(listSupportedBackends().map(({ name }) => name));
  return onnxDevices.filter(device => names.has(device));
};

/** The device that is fastest at matrix products; the processor where no other one works. */
export const fastestDevice = async (): Promise<OnnxDevice> => {
  let fastest: { device: OnnxDevice; gflops: number } | undefined;
  // One after the other, so that none is measured beside another.
  for (const device of knownDevices()) {
    const probe = await probeDevice(device);
    if (probe.works && !(fastest && fastest.gflops >= probe.gflops)) fastest = probe;
  }
  return fastest?.device ?? 'cpu';
};
