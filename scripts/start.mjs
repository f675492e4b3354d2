import { spawn } from 'node:child_process';
import { installDependencies } from './install-dependencies.mjs';
import { root } from './run-command.mjs';

await installDependencies();

const child = spawn(
  process.execPath,
  [
    '--conditions=@charter/source',
    '--import',
    'tsx',
    'packages/cli/src/main.ts',
    'run',
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: 'inherit' },
);
// On Ctrl-C the run stops after the current step, which this process waits for. A terminal sends the signal to both;
// without one, only this process may have got it.
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => {
    if (signal === 'SIGTERM' || !process.stdin.isTTY) child.kill(signal);
  });
}
child.on('exit', code => {
  process.exitCode = code ?? 1;
});
