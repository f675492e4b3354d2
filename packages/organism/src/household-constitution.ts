import { fileURLToPath } from 'node:url';
import { type Constitution, loadConstitution } from '@charter/critique';

/** Path of the organism's constitution. */
export const householdConstitutionFile: string = fileURLToPath(
  new URL('../constitutions/household.yaml', import.meta.url),
);

export const householdConstitution = (): Promise<Constitution> => loadConstitution(householdConstitutionFile);
