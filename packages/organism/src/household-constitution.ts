import { type Constitution, loadConstitution } from '@charter/critique';

/** Constitution of the organism, which ships with `@charter/critique`. */
export const householdConstitution = (): Promise<Constitution> => loadConstitution('household');
