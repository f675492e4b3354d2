import { installDependencies } from './install-dependencies.mjs';
import { runCommand } from './run-command.mjs';

await installDependencies();

// Ctrl-C reaches the program at work by itself, which stops after the step at hand; wait for it.
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});

const { code } = await runCommand(process.execPath, [
  '--conditions=@charter/source',
  '--import',
  'tsx',
  'packages/cli/src/main.ts',
  'run',
  'quickstart',
  ...process.argv.slice(2),
]);
process.exitCode = code;
