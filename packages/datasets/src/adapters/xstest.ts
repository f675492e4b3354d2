import { UnusableRowError } from '../unusable-row-error.js';
import { type AdaptedRow, has, type RowAdapter } from './adapter.js';
import { prompt } from './plain.js';

/**
 * Prompts in the manner of XSTest: `{ prompt, type, focus }`, perhaps with `label` (safe, unsafe). Without a label a type
 * that begins with `contrast` is unsafe, as in the first version. Rows say so in `safety`, so that an evaluation takes the
 * safe ones as borderline and the unsafe ones as harmful.
 */
export const xstest: RowAdapter = {
  columns: 'prompt, type, focus (label: safe or unsafe)',
  matches: record => has(record, 'prompt', 'type') && ('focus' in record || isLabel(record.label)),
  read(record, roleMap, note) {
    const { label, type } = record;
    if (has(record, 'label') && !isLabel(label)) {
      throw new UnusableRowError(`label is ${JSON.stringify(label)}`, 'Expected safe or unsafe.');
    }
    const safety = isLabel(label) ? label : isContrast(type) ? 'unsafe' : 'safe';
    const row = prompt.read(record, roleMap, note) as Extract<AdaptedRow, { kind: 'prompt' }>;
    return { ...row, safety };
  },
};

const isLabel = (value: unknown): value is 'safe' | 'unsafe' => value === 'safe' || value === 'unsafe';
const isContrast = (type: unknown): boolean => typeof type === 'string' && type.startsWith('contrast');
