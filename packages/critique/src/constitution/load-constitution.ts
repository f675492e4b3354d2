import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CritiqueError } from '../critique-error.js';
import { constitutionsFolder } from '../shipped-files.js';
import type { Constitution } from './constitution.js';
import { parseConstitution } from './parse-constitution.js';
import { readText } from './read-text.js';

/** Names that `loadConstitution` takes in place of a path. */
export const shippedConstitutions = (): string[] => {
  return readdirSync(constitutionsFolder).map(file => basename(file, '.yaml'));
};

/**
 * Reads a constitution in one of the formats of {@link parseConstitution}.
 *
 * @param pathOrName path of a file, or the name of a constitution that ships here, such as `charter`
 * @throws {CritiqueError} naming file, line and path of the first mistake
 */
export const loadConstitution = async (pathOrName: string): Promise<Constitution> => {
  const file = findConstitution(pathOrName);
  return parseConstitution(await readText(file), file);
};

const findConstitution = (pathOrName: string): string => {
  if (existsSync(pathOrName)) return pathOrName;
  const names = shippedConstitutions();
  if (names.includes(pathOrName)) return join(constitutionsFolder, `${pathOrName}.yaml`);
  throw new CritiqueError(
    `there is no such file, and no constitution of that name; those that ship: ${names.join(', ')}`,
    { file: pathOrName },
  );
};
