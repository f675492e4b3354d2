export { CliError } from './cli-error.js';
export { type Command, type CommandContext, defineCommand } from './command.js';
export { type OpenModel, openModel } from './open-model.js';
