import { writeFileSync } from 'node:fs';
import { demo } from '../test/demo.js';
import { renderMarkdown, renderReport } from './index.js';

console.time('render');
const page = renderReport(demo);
console.timeEnd('render');
writeFileSync('/tmp/report-demo.html', page);
writeFileSync('/tmp/report-demo.md', renderMarkdown(demo));
console.log(page.length);
