import { type LocatedYaml, parseLocatedYaml } from './located-yaml.js';
import { readText } from './read-text.js';

/** @throws {CritiqueError} when the file cannot be read or is not YAML */
export const readLocatedYaml = async (file: string): Promise<LocatedYaml> =>
  parseLocatedYaml(await readText(file), file);
