import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { withoutDriver } from '../../../../tests/webgpu-driver.js';
import { createOnnxRuntime } from '../create-onnx-runtime.js';
import { knownDevices } from './fastest-device.js';
import { probeDevice } from './probe-device.js';

const nvidia = existsSync('/dev/nvidia0') ? 'there is an NVIDIA GPU here' : undefined;
const cudaBuild = knownDevices().includes('cuda') ? undefined : 'this build knows no CUDA';

describe('a device that does not work here', () => {
  const reason = nvidia ?? cudaBuild;
  it.skipIf(reason)(`is refused with what to do${reason ? `: ${reason}` : ''}`, async () => {
    const refused = createOnnxRuntime({ device: 'cuda' });
    await expect(refused).rejects.toThrow(/^The device "cuda" does not work here\. /);
    await expect(refused).rejects.toThrow(/ONNXRUNTIME_NODE_INSTALL=cuda12: docs\/cuda\.md has the steps\.$/);
  });

  it('is reported by a probe, and so is one that works', async () => {
    const other = process.platform === 'darwin' ? 'dml' : 'coreml';
    const [cpu, missing] = await Promise.all([probeDevice('cpu'), probeDevice(other)]);
    expect(cpu).toMatchObject({ device: 'cpu', works: true });
    expect(missing).toMatchObject({ device: other, works: false });
    expect('reason' in missing && missing.reason).toContain(`The device "${other}" does not work here.`);
  });
});

describe('auto', () => {
  // A driver that computes on the processor is slow.
  it('takes a device that works', { timeout: 180_000 }, async () => {
    const runtime = await createOnnxRuntime({ device: 'auto' });
    expect(knownDevices().map(device => `onnx-${device}`)).toContain(runtime.name);
    await runtime.dispose();
  });

  it.skipIf(withoutDriver)(
    `tries WebGPU${withoutDriver ? `: ${withoutDriver}` : ''}`,
    { timeout: 180_000 },
    async () => {
      expect(await probeDevice('webgpu')).toMatchObject({ device: 'webgpu', works: true });
    },
  );
});
