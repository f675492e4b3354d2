import { installDependencies } from './install-dependencies.mjs';
import { stages } from './test-stages.mjs';

const wanted = process.argv.slice(2).filter(name => name !== '--nightly');
// Also the tests that are slow and guard little (tests/nightly.ts).
if (process.argv.includes('--nightly')) process.env.CHARTER_NIGHTLY = '1';
const unknown = wanted.filter(name => !stages.some(stage => stage.name === name));
if (unknown.length > 0) {
  console.error(`There is no test stage "${unknown[0]}". The stages are:`);
  for (const { name, what } of stages) console.error(`  ${name.padEnd(9)} ${what}`);
  process.exit(2);
}

// Escape codes help nobody in a log.
if (!process.stdout.isTTY) process.env.NO_COLOR ??= '1';

await installDependencies();

const clock = seconds => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;
const started = performance.now();
const rows = [];
for (const stage of stages) {
  if (wanted.length > 0 && !wanted.includes(stage.name)) continue;
  console.log(`\n── ${stage.name}: ${stage.what}`);
  const from = performance.now();
  rows.push({ name: stage.name, ...(await stage.run()), seconds: (performance.now() - from) / 1000 });
}

const total = {
  name: 'all',
  passed: rows.reduce((sum, row) => sum + row.passed, 0),
  failed: rows.reduce((sum, row) => sum + row.failed, 0),
  skipped: rows.flatMap(row => row.skipped),
  seconds: (performance.now() - started) / 1000,
};

if (total.skipped.length > 0) {
  console.log('\nSkipped:');
  const reasons = new Map();
  for (const { name, reason } of total.skipped) reasons.set(reason, [...(reasons.get(reason) ?? []), name]);
  for (const [reason, names] of reasons) console.log(`  ${reason}\n    ${names.join('\n    ')}`);
}

console.log(
  `\n${'stage'.padEnd(10)}${'passed'.padStart(8)}${'failed'.padStart(8)}${'skipped'.padStart(9)}   time`,
);
for (const row of [...rows, total]) {
  console.log(
    row.name.padEnd(10) +
      String(row.passed).padStart(8) +
      String(row.failed).padStart(8) +
      String(row.skipped.length).padStart(9) +
      clock(row.seconds).padStart(7),
  );
}
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped.length} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;
