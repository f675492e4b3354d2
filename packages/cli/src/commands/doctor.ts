import { access, constants, mkdir, statfs } from 'node:fs/promises';
import { freemem } from 'node:os';
import { cacheFolder, hubFromEnvironment } from '@charter/checkpoint';
import { type DeviceProbe, knownDevices, probeDevice } from '@charter/runtime-onnx';
import { z } from 'zod';
import { defineCommand } from '../command-line/command.js';
import { machine, versions } from '../command-line/run-record.js';

/** Time limit of the hub's answer, in milliseconds. */
const HUB_WAITS = 5_000;
const GIB = 2 ** 30;

export const doctor = defineCommand({
  description:
    'Each device runs a small program in a process of its own, since a bad driver ends the process that uses it; its ' +
    'speed is a rough figure of this moment. Ends with exit code 0 when the processor works, which is all that Charter needs.',
  example: `charter doctor
charter doctor --json | jq '.devices[] | select(.works) | .device'`,
  options: z.object({
    json: z.boolean().default(false).describe('print one JSON object'),
  }),
  async run({ json }, { terminal, signal }) {
    const devices: DeviceProbe[] = [];
    // One after the other, so that none is measured beside another.
    for (const device of knownDevices()) {
      signal.throwIfAborted();
      devices.push(await probeDevice(device));
    }
    const found: Findings = {
      machine: machine(),
      free_memory: freemem(),
      versions: versions(),
      devices,
      cache: await inspectCache(cacheFolder()),
      hub: await inspectHub(hubFromEnvironment(HUB_WAITS).endpoint),
    };
    if (json) terminal.print(JSON.stringify(found, null, 2));
    else for (const line of describe(found)) terminal.print(line);
    if (!devices.some(({ device, works }) => device === 'cpu' && works)) process.exitCode = 1;
  },
});

interface Findings {
  readonly machine: string;
  /** In bytes. */
  readonly free_memory: number;
  readonly versions: Readonly<Record<string, string>>;
  readonly devices: readonly DeviceProbe[];
  readonly cache: {
    readonly folder: string;
    readonly writable: boolean;
    readonly free?: number;
    readonly reason?: string;
  };
  readonly hub: { readonly endpoint: string; readonly reachable: boolean; readonly reason?: string };
}

const inspectCache = async (folder: string): Promise<Findings['cache']> => {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
    const { bavail, bsize } = await statfs(folder);
    return { folder, writable: true, free: bavail * bsize };
  } catch (error) {
    return { folder, writable: false, reason: (error as Error).message };
  }
};

const inspectHub = async (endpoint: string): Promise<Findings['hub']> => {
  try {
    const { status } = await fetch(endpoint, { method: 'HEAD', signal: AbortSignal.timeout(HUB_WAITS) });
    return status < 500
      ? { endpoint, reachable: true }
      : { endpoint, reachable: false, reason: `it answers with status ${status}` };
  } catch (error) {
    const { cause, message } = error as Error & { cause?: { message?: string; code?: string } };
    return { endpoint, reachable: false, reason: cause?.message || cause?.code || message };
  }
};

const describeInt8 = (gflops: number | undefined): string =>
  gflops === undefined
    ? '8-bit products saturate on this processor: --matmul-precision int8 computes in float32'
    : `8-bit products (--matmul-precision int8) at ${gflops.toFixed(0)} GFLOP/s`;

const describe = ({ machine, free_memory, versions, devices, cache, hub }: Findings): string[] => {
  const line = (name: string, text: string) => `${name.padEnd(8)}${text}`;
  const gib = (bytes: number) => `${(bytes / GIB).toFixed(1)} GB free`;
  return [
    line('charter', `${versions.charter}, Node ${versions.node}`),
    line('machine', `${machine}, ${gib(free_memory)}`),
    ...devices.flatMap(probe =>
      probe.works
        ? [
            line(probe.device, `works; matrix products at ${probe.gflops.toFixed(0)} GFLOP/s just now`),
            ...(probe.device === 'cpu' ? [line('', describeInt8(probe.int8_gflops))] : []),
          ]
        : [line(probe.device, probe.reason), line('', probe.advice)],
    ),
    line(
      'cache',
      cache.writable
        ? `${cache.folder}, ${gib(cache.free!)}`
        : `${cache.folder} cannot be written: ${cache.reason}. Set CHARTER_CACHE to another folder.`,
    ),
    line(
      'hub',
      hub.reachable
        ? `${hub.endpoint} answers`
        : `${hub.endpoint} cannot be reached: ${hub.reason}. Local folders and .gguf files work; HF_ENDPOINT names another hub.`,
    ),
  ];
};
