// node --conditions=@charter/source --import tsx docs/gates/make-pictures.ts
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { drawStoppedRow } from './draw-stopped-row.js';
import { stoppedRows } from './stopped-rows.js';

for (const row of stoppedRows) {
  writeFileSync(fileURLToPath(new URL(`${row.gate}.svg`, import.meta.url)), drawStoppedRow(row));
}
