import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The repository's root folder. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Runs a program in the repository's root.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: Record<string, string>, quiet?: boolean, limit?: number }} [options]
 *   `quiet` keeps the output for the caller instead of showing it; `limit` is in seconds
 * @returns {Promise<{ code: number, output: string, stdout: string, seconds: number, timedOut: boolean }>}
 *   `code` 127 means that it could not be started; `output` is stdout and stderr together
 */
export const runCommand = (command, args, { cwd = root, env = {}, quiet = false, limit } = {}) =>
  new Promise(resolve => {
    const started = performance.now();
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit',
      // npx is a .cmd file on Windows, which only a shell starts.
      shell: process.platform === 'win32' && command === 'npx',
    });
    let output = '';
    let stdout = '';
    let timedOut = false;
    const timers = [];
    const finish = code => {
      for (const timer of timers) clearTimeout(timer);
      resolve({ code, output, stdout, seconds: (performance.now() - started) / 1000, timedOut });
    };
    if (limit !== undefined) {
      const stop = () => {
        timedOut = true;
        child.kill('SIGTERM');
      };
      const kill = () => {
        child.kill('SIGKILL');
        finish(124);
      };
      timers.push(setTimeout(stop, limit * 1000), setTimeout(kill, (limit + 10) * 1000));
    }
    child.stdout?.on('data', chunk => {
      output += chunk;
      stdout += chunk;
    });
    child.stderr?.on('data', chunk => {
      output += chunk;
    });
    child.on('error', error => {
      output += `${error.message}\n`;
      finish(127);
    });
    child.on('close', code => finish(code ?? 1));
  });

/** Runs a development dependency's program by its path below node_modules, without a shell and without npx. */
export const runTool = (script, args, options) =>
  runCommand(process.execPath, [`${root}node_modules/${script}`, ...args], options);
