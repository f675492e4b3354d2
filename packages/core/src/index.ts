export { CharterError, isCharterError } from './charter-error.js';
export type { ChatMessage, Message, Role } from './message.js';
