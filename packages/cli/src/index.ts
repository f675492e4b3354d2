export { CliError } from './command-line/cli-error.js';
export { type Command, type CommandContext, defineCommand } from './command-line/command.js';
export { pullModel } from './models/open-model.js';
