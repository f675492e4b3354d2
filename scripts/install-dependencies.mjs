import { readFileSync } from 'node:fs';
import { root, runCommand } from './run-command.mjs';

const { packageManager } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));

/** Runs pnpm in the version that package.json names; npx fetches it once. */
export const pnpm = (args, options) => runCommand('npx', ['--yes', packageManager, ...args], options);

/** pnpm keeps the lock file of what is installed; it writes it when an installation is complete. */
const upToDate = () => {
  try {
    return (
      readFileSync(`${root}node_modules/.pnpm/lock.yaml`, 'utf8') ===
      readFileSync(`${root}pnpm-lock.yaml`, 'utf8')
    );
  } catch {
    return false;
  }
};

/** Installs what pnpm-lock.yaml names, unless that is what is installed. Ends the process when it cannot. */
export const installDependencies = async () => {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 20) {
    console.error(`Charter needs Node 20 or newer; this is ${process.version}.`);
    process.exit(1);
  }
  if (upToDate()) return;
  console.log(`Installing the dependencies by the lock file (${packageManager}) …`);
  // Without a terminal pnpm may not ask before it replaces a node_modules folder.
  const install = () => pnpm(['install', '--frozen-lockfile'], { quiet: true, env: { CI: '1' } });
  let { code, output, seconds } = await install();
  if (code !== 0) {
    console.log('That failed; trying once more …');
    ({ code, output, seconds } = await install());
  }
  if (code !== 0) {
    console.error(`${output}\nThe dependencies could not be installed (exit ${code}; the output is above).`);
    process.exit(1);
  }
  console.log(`Installed in ${seconds.toFixed(0)} s.\n`);
};
