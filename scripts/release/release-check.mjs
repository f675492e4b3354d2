/**
 * Tries a release: versions, builds and publishes every package by changesets into a registry of our own, and uses each
 * from there as a stranger would, in an empty folder outside the repository: installed by npm and by pnpm, imported and
 * required on each version of Node, its types checked, and its README's first example run with no more than the README's
 * own install lines. It takes what is committed.
 *
 *   npm run release:check
 *   npm run release:check -- --node 20,22,24,26    also on other versions of Node (the npm package `node`)
 *   npm run release:check -- --only core,dpo       some packages only
 *   npm run release:check -- --write-budget        writes today's sizes into budget.json
 */
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { transformSync } from 'esbuild';
import { pnpm } from '../install-dependencies.mjs';
import { blocksIn, isPromised, tidy } from '../markdown-code.mjs';
import { root, runCommand, runTool } from '../run-command.mjs';
import { installedSize } from './installed-size.mjs';
import { startRegistry } from './local-registry.mjs';

const { values: flags } = parseArgs({
  options: {
    node: { type: 'string', default: '' },
    only: { type: 'string', default: '' },
    'write-budget': { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
});

const readJson = file => JSON.parse(readFileSync(file, 'utf8'));
const work = mkdtempSync(join(tmpdir(), 'charter-release-'));
const source = join(work, 'source');
let failed = 0;

/** @param {string} name @param {readonly string[]} problems none means passed */
const report = (name, problems) => {
  if (problems.length > 0) failed++;
  const text = problems.join('\n').trim().replace(/^/gm, '      ');
  console.log(problems.length === 0 ? `  ✓ ${name}` : `  ✗ ${name}\n${text}`);
  return problems.length === 0;
};
const outcome = ({ code, output }) => (code === 0 ? [] : [`exit ${code}\n${output}`.slice(-4000)]);

const registry = await startRegistry(join(work, 'registry'));
const end = () => {
  registry.stop();
  if (!flags.keep) rmSync(work, { recursive: true, force: true });
  else console.log(`Kept in ${work}`);
  console.log(failed === 0 ? 'The release is ready.' : `${failed} failed.`);
  process.exit(failed === 0 ? 0 : 1);
};
// CUDA's libraries, which onnxruntime-node would fetch from elsewhere, are no part of this check.
const env = { ...registry.env, CI: '1', ONNXRUNTIME_NODE_INSTALL: 'skip', NO_COLOR: '1' };

// 1. The release itself, in a clone.
const git = (...args) => execFileSync('git', ['-c', 'safe.directory=*', ...args], { encoding: 'utf8' });
if (git('-C', root, 'status', '--porcelain').trim()) console.log('Uncommitted changes are left out.');
git('clone', '--quiet', root, source);
// Here and nowhere else, whoever is logged in where: what package.json says about the registry beats every configuration.
for (const folder of readdirSync(join(source, 'packages'))) {
  const file = join(source, 'packages', folder, 'package.json');
  const manifest = readJson(file);
  const publishConfig = {
    ...manifest.publishConfig,
    registry: registry.url,
    '@charter:registry': registry.url,
  };
  writeFileSync(file, `${JSON.stringify({ ...manifest, publishConfig }, null, 2)}\n`);
}
const inSource = args => pnpm(args, { cwd: source, quiet: true, env });
const steps = [
  ['dependencies', ['install', '--frozen-lockfile', '--prefer-offline']],
  ['versions and change logs, by changesets', ['changeset', 'version']],
  ['built', ['run', 'build']],
  ['published, by changesets', ['exec', 'changeset', 'publish', '--no-git-tag']],
];
for (const [name, args] of steps) {
  const ran = await inSource(args);
  if (!report(`${name} (${ran.seconds.toFixed(0)} s)`, outcome(ran))) end();
}

const only = flags.only ? flags.only.split(',') : undefined;
const packages = readdirSync(join(source, 'packages'))
  .map(folder => ({ folder, ...readJson(join(source, 'packages', folder, 'package.json')) }))
  .filter(manifest => !manifest.private && (only?.includes(manifest.folder) ?? true));

// 2. Versions of Node.
const nodes = new Map([[process.version, process.execPath]]);
for (const version of flags.node.split(',').filter(Boolean)) {
  const folder = join(work, `node-${version}`);
  mkdirSync(folder);
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  const installed = await runCommand('npm', ['install', `node@${version}`], {
    cwd: folder,
    quiet: true,
    env,
  });
  const binary = join(folder, 'node_modules/node/bin/node');
  if (report(`Node ${version} of the npm package node`, outcome(installed))) {
    nodes.set(execFileSync(binary, ['--version'], { encoding: 'utf8' }).trim(), binary);
  }
}

// 3. Each package as a stranger uses it.
const emptyFolder = name => {
  const folder = join(work, 'users', name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
  return folder;
};
const install = async (folder, manager, names) => {
  const [command, args] = manager === 'npm' ? ['npm', ['install', ...names]] : ['pnpm', ['add', ...names]];
  const options = { cwd: folder, quiet: true, env };
  return outcome(await (command === 'npm' ? runCommand(command, args, options) : pnpm(args, options)));
};
/** What the README's install lines in front of its first example name. */
const installLines = readme =>
  [...readme.split(/^```ts/m)[0].matchAll(/^npm install ([^#\n]*)/gm)].flatMap(([, names]) =>
    names.trim().split(/\s+/),
  );

const typeErrors = async (folder, resolution) => {
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      compilerOptions: {
        target: 'ES2023',
        lib: ['ES2023'],
        module: resolution === 'bundler' ? 'ESNext' : 'node16',
        moduleResolution: resolution,
        strict: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: false,
        noEmit: true,
        types: ['node'],
        typeRoots: [`${root}node_modules/@types`],
      },
      files: readdirSync(folder).filter(name => /\.m?ts$|\.cts$/.test(name)),
    }),
  );
  const { output } = await runTool('typescript/bin/tsc', ['-p', folder], { cwd: folder, quiet: true });
  // Other packages' .d.ts files may hold errors of their own, which are not ours to fail on.
  return output
    .split('\n')
    .filter(line => /error TS/.test(line))
    .filter(line => !/node_modules\//.test(line) || /node_modules\/@charter\//.test(line));
};

const budgetFile = `${root}scripts/release/budget.json`;
const budget = existsSync(budgetFile) ? readJson(budgetFile) : {};

for (const { folder, name, publishConfig } of packages) {
  console.log(name);
  const readme = readFileSync(join(source, 'packages', folder, 'README.md'), 'utf8');
  const entries = Object.entries(publishConfig.exports).filter(
    ([path, conditions]) => typeof conditions === 'object' && path !== './testing',
  );

  // Alone: its weight, its entries, its types.
  const alone = emptyFolder(`${folder}-alone`);
  if (!report('installs by npm', await install(alone, 'npm', [name]))) continue;
  const size = installedSize(alone);
  if (flags['write-budget']) budget[name] = size;
  const limit = budget[name];
  // A tenth more is a dependency's patch release.
  const heavy = limit && (size.megabytes > limit.megabytes * 1.1 + 0.1 || size.packages > limit.packages);
  report(
    `${size.megabytes} MB in ${size.packages} packages${limit ? '' : ' (budget.json names no budget yet)'}`,
    heavy
      ? [`the budget is ${limit.megabytes} MB in ${limit.packages} packages (scripts/release/budget.json)`]
      : [],
  );
  const specifiers = kind =>
    entries
      .filter(
        ([path, { import: esm, require: cjs }]) =>
          (kind === 'import' || !esm ? true : cjs) && path !== './web',
      )
      .map(([path]) => name + path.slice(1));
  const required = entries.some(([, conditions]) => conditions.require) ? specifiers('require') : [];
  writeFileSync(
    join(alone, 'esm.mjs'),
    specifiers('import')
      .map(path => `await import('${path}');`)
      .join('\n'),
  );
  writeFileSync(join(alone, 'cjs.cjs'), required.map(path => `require('${path}');`).join('\n'));
  for (const [version, binary] of nodes) {
    for (const [kind, program] of [
      ['import', 'esm.mjs'],
      ['require', 'cjs.cjs'],
    ]) {
      const ran = await runCommand(binary, [program], { cwd: alone, quiet: true, env, limit: 60 });
      report(`${kind} on Node ${version}`, outcome(ran));
    }
  }
  const uses = paths =>
    paths.map((path, i) => `import * as p${i} from '${path}';\nexport const v${i} = p${i};`).join('\n');
  writeFileSync(join(alone, 'types.mts'), uses(specifiers('import')));
  if (required.length > 0) writeFileSync(join(alone, 'types.cts'), uses(required));
  for (const resolution of ['node16', 'bundler'])
    report(`types, ${resolution}`, await typeErrors(alone, resolution));

  // The README's first example, with its own install lines.
  const [block] = blocksIn(readme);
  for (const manager of ['npm', 'pnpm']) {
    const user = emptyFolder(`${folder}-${manager}`);
    if (
      !report(`the README’s install lines, by ${manager}`, await install(user, manager, installLines(readme)))
    )
      continue;
    if (block === undefined) continue;
    writeFileSync(join(user, 'example.ts'), block.code);
    if (manager === 'npm') report('its first example, strict types', await typeErrors(user, 'node16'));
    writeFileSync(
      join(user, 'example.mjs'),
      transformSync(block.code, { loader: 'ts', target: 'node20' }).code,
    );
    const ran = await runCommand(process.execPath, ['example.mjs'], {
      cwd: user,
      quiet: true,
      env,
      limit: 120,
    });
    const wrong = ran.code === 0 && block.output !== undefined && !isPromised(ran.stdout, block.output);
    report(
      `its first example runs, by ${manager}`,
      wrong ? [`promised:\n${tidy(block.output)}\nprinted:\n${tidy(ran.stdout)}`] : outcome(ran),
    );
  }
  rmSync(join(work, 'users'), { recursive: true, force: true });
}
if (flags['write-budget']) writeFileSync(budgetFile, `${JSON.stringify(budget, null, 2)}\n`);
end();
