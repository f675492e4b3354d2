import { readdirSync } from 'node:fs';

/**
 * `pnpm bench` lists the measurements in this folder; `pnpm bench <name>` runs one. A measurement is a file
 * `<name>.bench.ts` that prints its figures when it is imported; `argument` reads the options after the name.
 */
const names = readdirSync(new URL('.', import.meta.url))
  .filter(file => file.endsWith('.bench.ts'))
  .map(file => file.slice(0, -'.bench.ts'.length))
  .sort();

const [wanted] = process.argv.slice(2);
if (wanted === undefined) {
  console.log(names.length > 0 ? names.join('\n') : 'There are no measurements yet.');
} else if (names.includes(wanted)) {
  await import(`./${wanted}.bench.ts`);
} else {
  console.error(`There is no measurement "${wanted}". \`pnpm bench\` lists all.`);
  process.exitCode = 2;
}
