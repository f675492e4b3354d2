import { type Constitution, loadConstitution } from '@charter/critique';

/** The organism's constitution, which ships with `@charter/critique`. */
export const householdConstitution = (): Promise<Constitution> => loadConstitution('household');
