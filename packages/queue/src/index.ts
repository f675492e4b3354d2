export { type AnswerRequestsOptions, answerRequests } from './answer-requests.js';
export { QueueError } from './queue-error.js';
export { type QueueModel, type QueueModelOptions, queueModel } from './queue-model.js';
