import { checkedMessages, SHAREGPT_ROLES } from '../messages.js';
import { has, type RowAdapter } from './adapter.js';

/** `{ messages: [{ role, content }] }`. */
export const messages: RowAdapter = {
  columns: 'messages',
  matches: record => has(record, 'messages'),
  read: (record, roleMap) => ({
    kind: 'messages',
    messages: checkedMessages(record.messages, 'messages', roleMap),
  }),
};

/** ShareGPT: `{ conversations: [{ from: 'human', value }] }`. */
export const sharegpt: RowAdapter = {
  columns: 'conversations',
  matches: record => has(record, 'conversations'),
  read: (record, roleMap) => ({
    kind: 'messages',
    messages: checkedMessages(record.conversations, 'conversations', { ...SHAREGPT_ROLES, ...roleMap }),
  }),
};
