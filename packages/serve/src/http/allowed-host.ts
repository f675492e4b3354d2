import { isIP } from 'node:net';
import { hostname } from 'node:os';

/**
 * True for a Host header that names this machine: an address, localhost, or the machine's own name. A web page whose
 * domain is pointed at this machine (DNS rebinding) sends the domain, and its script could read the answers.
 *
 * @param allowed further names that the server is reached by
 */
export const isAllowedHost = (header: string | undefined, allowed: readonly string[]): boolean => {
  // HTTP/1.0 may leave it out; browsers do not.
  if (header === undefined) return true;
  const name = header
    .replace(/:\d*$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase();
  const own = hostname().toLowerCase();
  return (
    isIP(name) !== 0 ||
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    name === own ||
    name === `${own}.local` ||
    allowed.some(other => other.toLowerCase() === name)
  );
};
