export { createJsonlFile, type JsonlFile } from './create-jsonl-file.js';
export { type FileLockOptions, LockedError, type LockHolder, withFileLock } from './file-lock.js';
export { JsonlError } from './jsonl-error.js';
export { type JsonlLog, openJsonlLog } from './jsonl-log.js';
export { type JsonlPosition, readJsonl, readJsonlPositions, readJsonlRow } from './read-jsonl.js';
export { sha256, sha256OfFile } from './sha256.js';
export { writeAtomically, writeFileAtomically } from './write-atomically.js';
