import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const bytesBelow = folder =>
  readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sum + bytesBelow(path);
    return sum + (entry.isFile() ? lstatSync(path).size : 0);
  }, 0);

/**
 * What npm installed into a folder.
 *
 * @returns {{ megabytes: number, packages: number }} megabytes of 10⁶ bytes, to a tenth; the package itself counts
 */
export const installedSize = folder => {
  const { packages } = JSON.parse(readFileSync(join(folder, 'node_modules/.package-lock.json'), 'utf8'));
  return {
    megabytes: Math.ceil(bytesBelow(join(folder, 'node_modules')) / 1e5) / 10,
    packages: Object.keys(packages).length,
  };
};
