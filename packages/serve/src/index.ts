export { type RunningServer, type ServedRequest, type ServeOptions, serve } from './serve.js';
