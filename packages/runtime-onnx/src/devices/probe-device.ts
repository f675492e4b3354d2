import { fork } from 'node:child_process';
import { deviceAdvice, type OnnxDevice } from './devices.js';

/** What a device did when it was tried. */
export type DeviceProbe =
  | {
      readonly device: OnnxDevice;
      readonly works: true;
      /** 10⁹ operations a second of a chain of matrix products, the first run left out: a rough figure of one moment. */
      readonly gflops: number;
    }
  | {
      readonly device: OnnxDevice;
      readonly works: false;
      readonly reason: string;
      /** What to do about it. */
      readonly advice: string;
    };

/** What the child sends before it ends. */
export type ProbeMessage = { readonly gflops: number } | { readonly reason: string };

/** A driver that has not answered by then is not going to. */
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
    let said = '';
    const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS);
    child.stderr!.on('data', chunk => {
      said += chunk;
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
          `The process that tried it ended with ${signal ?? `exit code ${code}`}. ${said.trim().split('\n').at(-1) ?? ''}`.trim(),
      };
      resolve(
        'gflops' in found
          ? { device, works: true, gflops: found.gflops }
          : { device, works: false, reason: found.reason, advice },
      );
    });
  });
