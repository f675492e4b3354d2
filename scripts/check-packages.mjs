/**
 * Checks each package as a user gets it: built and packed like for a release, its tarball installed with the others in
 * an empty folder, imported in both module systems, its types checked there. One line per check.
 */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { pnpm } from './install-dependencies.mjs';
import { root, runCommand, runTool } from './run-command.mjs';

const readJson = file => JSON.parse(readFileSync(file, 'utf8'));
const results = { passed: 0, failed: 0, skipped: [] };

/** @param {string} name @param {readonly string[]} problems none means passed */
const report = (name, problems) => {
  if (problems.length === 0) {
    results.passed++;
    console.log(`  ✓ ${name}`);
    return;
  }
  results.failed++;
  console.log(`  ✗ ${name}\n${problems.join('\n').replace(/^/gm, '      ')}`);
};

const end = () => {
  if (process.env.CHARTER_TEST_RESULTS) {
    writeFileSync(process.env.CHARTER_TEST_RESULTS, JSON.stringify(results));
  }
  rmSync(work, { recursive: true, force: true });
  process.exit(results.failed > 0 ? 1 : 0);
};

const work = mkdtempSync(join(tmpdir(), 'charter-packages-'));
const tarballs = join(work, 'tarballs');
const consumer = join(work, 'consumer');
mkdirSync(tarballs);
cpSync(`${root}scripts/consumer`, consumer, { recursive: true });

const manifests = readdirSync(`${root}packages`)
  .sort()
  .map(folder => readJson(`${root}packages/${folder}/package.json`))
  .filter(manifest => !manifest.private);
// By the dependencies alone: tests of lower packages use higher ones, as devDependencies, which makes circles.
const everyPackage = ['--filter-prod', './packages/*', '--workspace-concurrency=2'];

// 1. Build and pack. Nothing below means anything without it.
const built = await pnpm([...everyPackage, '--sort', '--no-bail', 'run', 'build'], { quiet: true });
const noise = /build\$ |: (CLI|ESM|CJS|DTS) (?!DTS Build error)|: +at |: Done$|^Scope:/;
report(
  `built in ${built.seconds.toFixed(0)} s`,
  built.code === 0 ? [] : built.output.split('\n').filter(line => line && !noise.test(line)),
);
if (built.code !== 0) end();
const toPublish = manifests.flatMap(({ name }) => ['--filter', name]);
const packed = await pnpm([...toPublish, 'pack', '--pack-destination', tarballs], { quiet: true });
report('packed', packed.code === 0 ? [] : [packed.output]);
if (packed.code !== 0) end();

const tarballOf = ({ name, version }) =>
  join(tarballs, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`);

// 2. The tarballs as they are.
for (const { name, ...manifest } of manifests) {
  const tarball = readFileSync(tarballOf({ name, ...manifest }));
  const contents = createPackageFromTarballData(tarball);
  const file = path => `/node_modules/${name}/${path}`;
  const published = JSON.parse(contents.readFile(file('package.json')));

  const problems = ['README.md', 'LICENSE'].filter(path => !contents.fileExists(file(path)));
  report(`${name}: README and license are in the tarball`, problems);

  const links = contents.readFile(file('README.md')).match(/\]\((?!https?:|#|mailto:)[^)\s]+\)/g) ?? [];
  report(
    `${name}: links of its README lead somewhere outside the repository`,
    links.map(link => `relative: ${link}`),
  );

  const text = JSON.stringify(published);
  const leftovers = ['@charter/source', 'workspace:', './src/', 'prepack'].filter(word =>
    text.includes(word),
  );
  report(
    `${name}: package.json names nothing that only exists in the repository`,
    leftovers.map(word => `it still holds "${word}"`),
  );

  const { messages, pkg } = await publint({ pack: { tarball: tarball.buffer.slice(tarball.byteOffset) } });
  report(
    `${name}: publint`,
    messages.filter(({ type }) => type !== 'suggestion').map(message => formatMessage(message, pkg)),
  );

  const { problems: typeProblems = [] } = await checkPackage(contents);
  const onlyEsm = entry => published.exports[entry]?.require === undefined;
  report(
    `${name}: types resolve`,
    typeProblems
      // Resolution as of Node 10 knows no `exports`; the packages need Node 20.
      .filter(({ resolutionKind }) => resolutionKind !== 'node10')
      .filter(({ resolutionKind, entrypoint }) => resolutionKind !== 'node16-cjs' || !onlyEsm(entrypoint))
      .map(problem => JSON.stringify(problem)),
  );
}

// 3. Installed together in an empty folder, with the dependencies that they declare and no others.
const { devDependencies } = readJson(`${root}package.json`);
const onnx = readJson(`${root}packages/runtime-onnx/package.json`);
const files = Object.fromEntries(manifests.map(manifest => [manifest.name, `file:${tarballOf(manifest)}`]));
writeFileSync(
  join(consumer, 'package.json'),
  JSON.stringify({
    private: true,
    dependencies: {
      ...files,
      // Types of Node, and the peers of `@charter/tensor/testing` and `@charter/runtime-onnx/web`.
      '@types/node': devDependencies['@types/node'],
      'onnxruntime-web': onnx.peerDependencies['onnxruntime-web'],
      vitest: devDependencies.vitest,
    },
    pnpm: { overrides: files },
  }),
);
writeFileSync(join(consumer, 'pnpm-workspace.yaml'), 'packages: []\n');
const installed = await pnpm(['install', '--prefer-offline', '--config.confirm-modules-purge=false'], {
  cwd: consumer,
  quiet: true,
  env: { CI: '1', ONNXRUNTIME_NODE_INSTALL: 'skip' },
});
report(
  `all tarballs install in an empty folder (${installed.seconds.toFixed(0)} s)`,
  installed.code === 0 ? [] : [installed.output],
);
if (installed.code !== 0) end();

// 4. Imported there, in both module systems.
const entries = manifests.flatMap(({ name, publishConfig }) =>
  Object.entries(publishConfig.exports)
    .filter(([path]) => path !== './package.json')
    .map(([path, conditions]) => ({
      specifier: name + path.slice(1),
      esm: conditions.import !== undefined,
      cjs: conditions.require !== undefined,
    })),
);
const namesIn = async (program, specifiers) => {
  const { stdout, output } = await runCommand(process.execPath, [join(consumer, program), ...specifiers], {
    cwd: consumer,
    quiet: true,
  });
  try {
    return JSON.parse(stdout.trim().split('\n').at(-1));
  } catch {
    return Object.fromEntries(specifiers.map(specifier => [specifier, output]));
  }
};
const [esm, cjs] = await Promise.all([
  namesIn(
    'exported-names.mjs',
    entries.filter(entry => entry.esm).map(entry => entry.specifier),
  ),
  namesIn(
    'exported-names.cjs',
    entries.filter(entry => entry.cjs).map(entry => entry.specifier),
  ),
]);
for (const { specifier, esm: hasEsm, cjs: hasCjs } of entries) {
  const problems = [hasEsm && esm[specifier], hasCjs && cjs[specifier]].filter(
    names => typeof names === 'string',
  );
  if (problems.length === 0 && hasEsm && hasCjs && esm[specifier].join() !== cjs[specifier].join()) {
    problems.push(`import gives ${esm[specifier].join(', ')}\nrequire gives ${cjs[specifier].join(', ')}`);
  }
  report(
    `${specifier}: ${[hasEsm && 'import', hasCjs && 'require'].filter(Boolean).join(' and ')}`,
    problems,
  );
}

// 5. The types, in both module systems, without skipLibCheck: errors inside our own .d.ts files count.
const imports = kind =>
  entries
    .filter(entry => entry[kind])
    .map(({ specifier }, i) => `import * as p${i} from '${specifier}';\nexport const v${i} = p${i};`)
    .join('\n');
writeFileSync(join(consumer, 'types.mts'), imports('esm'));
writeFileSync(join(consumer, 'types.cts'), imports('cjs'));
const typed = await runTool('typescript/bin/tsc', ['-p', consumer], { cwd: consumer, quiet: true });
// Other packages' .d.ts files may hold errors of their own, which are not ours to fail on.
const ours = typed.output
  .split('\n')
  .filter(
    line =>
      /error TS/.test(line) && (!line.includes('node_modules/') || /node_modules\/@charter\//.test(line)),
  );
report('the installed types compile', ours);

// 6. The engine runs a graph, and the command starts.
for (const program of ['run-graph.mjs', 'run-graph.cjs']) {
  const ran = await runCommand(process.execPath, [program], { cwd: consumer, quiet: true, limit: 60 });
  report(`installed, ${program} squares 1 2 3`, ran.stdout.trim() === '1 4 9' ? [] : [ran.output]);
}
const charter = args =>
  runCommand(join(consumer, 'node_modules/.bin/charter'), args, { cwd: consumer, quiet: true });
const help = await charter(['--help']);
report('installed, `charter --help`', help.code === 0 && help.stdout.includes('Usage') ? [] : [help.output]);
const recipes = await charter(['run', 'no-such-recipe']);
report(
  'installed, `charter run` finds the recipes that ship',
  recipes.code === 2 && recipes.output.includes('quickstart') ? [] : [recipes.output],
);
writeFileSync(join(consumer, 'rows.jsonl'), '{"messages":[{"role":"user","content":"May I?"}]}\n');
const model = `${root}fixtures/models/llama`;
const scored = await charter(['score', '--model', model, '--data', 'rows.jsonl', '--out', 'scores.jsonl']);
report(
  'installed, `charter score` runs a model',
  scored.code === 0 && readFileSync(join(consumer, 'scores.jsonl'), 'utf8').includes('logprobs')
    ? []
    : [scored.output],
);
end();
