/** Writes the demo as a page, to look at: `npx tsx --conditions=@charter/source packages/report/test/write-demo.ts out.html`. */
import { writeFileSync } from 'node:fs';
import { renderReport } from '../src/index.js';
import { demo } from './demo.js';

const [, , file = 'report-demo.html'] = process.argv;
writeFileSync(file, renderReport(demo));
console.log(file);
