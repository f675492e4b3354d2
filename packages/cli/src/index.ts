export { CliError } from './command-line/cli-error.js';
export { type Command, type CommandContext, defineCommand } from './command-line/command.js';
export { type OpenModel, openModel } from './models/open-model.js';
