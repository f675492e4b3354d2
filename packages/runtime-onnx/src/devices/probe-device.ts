import { fork } from 'node:child_process';
import { deviceAdvice, type OnnxDevice } from './devices.js';

/** Result of trying a device. */
export type DeviceProbe =
  | {
      readonly device: OnnxDevice;
      readonly works: true;
      /** 10⁹ floating-point operations per second over a chain of matrix products, measured once after a first run. */
      readonly gflops: number;
      /** The same for 8-bit products; set on a processor whose 8-bit products are exact. */
      readonly int8_gflops?: number | undefined;
    }
  | {
      readonly device: OnnxDevice;
      readonly works: false;
      readonly reason: string;
      /** Advice on making it work. */
      readonly advice: string;
    };

/** Message of the child process before it ends. */
export type ProbeMessage =
  | { readonly gflops: number; readonly int8_gflops?: number }
  | { readonly reason: string };

/** Time after which a driver is taken to hang. */
const LONGEST_MS = 60_000;

/** Tries a device in a process of its own, because a bad driver ends the process that uses it. */
export const probeDevice = (device: OnnxDevice): Promise<DeviceProbe> =>
  new Promise(resolve => {
    const here = import.meta.url;
    const source = new URL(here).pathname.endsWith('.ts');
    const child = fork(new URL(source ? './probe-from-source.mjs' : './probe.js', here), [device], {
      execArgv: source ? ['--conditions=@charter/source'] : [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const advice = device === 'cpu' ? 'Install onnxruntime-node again.' : deviceAdvice[device];
    let found: ProbeMessage | undefined;
    let stderr = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS);
    child.stderr!.on('data', chunk => {
      stderr += chunk;
    });
    child.on('message', message => {
      found = message as ProbeMessage;
    });
    child.on('error', error => {
      found ??= { reason: error.message };
    });
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      found ??= {
        reason:
          `The process that tried it ended with ${signal ?? `exit code ${code}`}. ${stderr.trim().split('\n').at(-1) ?? ''}`.trim(),
      };
      resolve(
        'gflops' in found
          ? { device, works: true, ...found }
          : { device, works: false, reason: found.reason, advice },
      );
    });
  });
