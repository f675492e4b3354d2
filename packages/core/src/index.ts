export { CharterError, isCharterError } from './charter-error.js';
export { JsonNumber, OrderedObject, parseExactJson } from './exact-json.js';
export type { ChatMessage, Message, Role } from './message.js';
