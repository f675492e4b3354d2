import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { runCommand } from '../run-command.mjs';

// The last one for Node 20. It asks for node-fetch by a tag, which registries that mirror another do not carry.
const verdaccio = { dependencies: { verdaccio: '6.8.0' }, overrides: { 'node-fetch': '2.6.7' } };

const freePort = () =>
  new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/**
 * Starts a package registry on this machine. What was published to it comes from it, and all else from the registry
 * that npm is configured for.
 *
 * @param {string} folder for its files
 * @returns {Promise<{ url: string, env: Record<string, string>, stop: () => void }>} environment in which npm and pnpm use it
 */
export const startRegistry = async folder => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, ...verdaccio }));
  const installed = await runCommand('npm', ['install', '--no-audit', '--no-fund'], {
    cwd: folder,
    quiet: true,
  });
  if (installed.code !== 0) throw new Error(`Verdaccio could not be installed:\n${installed.output}`);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const { stdout } = await runCommand('npm', ['config', 'get', 'registry'], { quiet: true });
  const config = join(folder, 'config.yaml');
  // A JSON document is a YAML document.
  writeFileSync(
    config,
    JSON.stringify({
      storage: join(folder, 'storage'),
      auth: { htpasswd: { file: join(folder, 'htpasswd') } },
      uplinks: { upstream: { url: stdout.trim(), maxage: '1h', timeout: '120s' } },
      packages: {
        '@charter/*': { access: '$all', publish: '$all' },
        '**': { access: '$all', proxy: 'upstream' },
      },
      max_body_size: '200mb',
      log: { type: 'file', path: join(folder, 'log.txt'), level: 'warn' },
    }),
  );
  const npmrc = join(folder, 'npmrc');
  writeFileSync(
    npmrc,
    `registry=${url}\n@charter:registry=${url}\n//127.0.0.1:${port}/:_authToken=of-nobody\nupdate-notifier=false\nfund=false\naudit=false\n`,
  );

  const program = join(folder, 'node_modules/verdaccio/bin/verdaccio');
  const child = spawn(process.execPath, [program, '--config', config, '--listen', `127.0.0.1:${port}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (output += chunk));
  const stop = () => child.kill();
  for (let seconds = 0; seconds < 90; seconds++) {
    const answered = await fetch(`${url}-/ping`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (answered) return { url, env: { npm_config_userconfig: npmrc, npm_config_registry: url }, stop };
    if (child.exitCode !== null) break;
    await new Promise(resolve => setTimeout(resolve, 1000));
  }
  stop();
  throw new Error(`The registry of our own did not start:\n${output}`);
};
