// node --conditions=@charter/source --import tsx docs/gates/make-pictures.ts
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { drawRejectedRow } from './draw-rejected-row.js';
import { rejectedRows } from './rejected-rows.js';

for (const row of rejectedRows) {
  writeFileSync(fileURLToPath(new URL(`${row.gate}.svg`, import.meta.url)), drawRejectedRow(row));
}
