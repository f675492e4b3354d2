export { type DpoRequest, dpo } from './dpo.js';
export { openLogpsCache } from './logps-cache.js';
export * from './web.js';
