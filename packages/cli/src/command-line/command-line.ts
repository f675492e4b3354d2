import { readLocatedYaml } from '@charter/critique';
import { Argument, Command as Commander } from 'commander';
import { z } from 'zod';
import { CliError } from './cli-error.js';
import type { Command } from './command.js';
import { commanderOptions, flagsOf } from './option-flags.js';

/**
 * The commander command that parses a command's arguments, fills in what `--config` says, checks everything by the
 * schema, and hands the options on.
 */
export const commandLine = (
  { name, summary }: { name: string; summary: string },
  command: Command,
  run: (options: Record<string, unknown>) => Promise<void>,
): Commander => {
  const { description, example, options, positional, rest } = command;
  const flags = flagsOf(options);
  const parser = new Commander(name)
    .summary(summary)
    .description(description ? `${summary}\n\n${description}` : summary)
    .helpOption('-h, --help', 'show this help')
    .addHelpText('after', `\nExample:\n${example.replace(/^/gm, '  ')}`);
  for (const flag of flags) {
    if (flag.key === positional) {
      parser.addArgument(new Argument(`[${flag.key}]`, flag.description));
    } else if (flag.key === rest) {
      parser.addArgument(new Argument('[arguments...]', flag.description));
    } else {
      for (const option of commanderOptions(flag)) parser.addOption(option);
    }
  }
  parser.option('--config <file>', 'YAML file with the same names; flags win over it');
  return parser.action(async () => {
    const given = Object.fromEntries(
      flags.flatMap(({ key }) => {
        if (key === positional) return parser.args[0] === undefined ? [] : [[key, parser.args[0]]];
        if (key === rest) return [[key, parser.args]];
        const attribute = key.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
        const isGiven = parser.getOptionValueSource(attribute) === 'cli';
        return isGiven ? [[key, parser.getOptionValue(attribute)]] : [];
      }),
    );
    const file = parser.getOptionValue('config') as string | undefined;
    await run(parseOptions(name, command, file ? { ...(await readConfig(file, command)), ...given } : given));
  });
};

/** Checks options by a command's schema. @throws {CliError} naming each flag that does not fit */
export const parseOptions = (
  name: string,
  { options, positional }: Command,
  given: Record<string, unknown>,
): Record<string, unknown> => {
  const result = options.safeParse(given);
  if (result.success) return result.data;
  const problems = result.error.issues.map(issue => {
    const key = String(issue.path[0] ?? '');
    const flag = key === positional ? key : `--${key}`;
    const value = given[key];
    if (value === undefined && key) return `${flag} is missing`;
    return key ? `${flag} ${JSON.stringify(value)}: ${issue.message}` : issue.message;
  });
  throw new CliError(`charter ${name}: ${problems.join('; ')}. See \`charter ${name} --help\`.`);
};

/** The keys of a configuration file are the flags' names; `batch_size` is read as `batch-size`. */
const readConfig = async (file: string, { options }: Command): Promise<Record<string, unknown>> => {
  const yaml = await readLocatedYaml(file);
  const known = Object.keys(options.shape);
  const entries = Object.entries(yaml.check(z.record(z.string(), z.unknown()))).map(([key, value]) => {
    const flag = key.replaceAll('_', '-');
    if (!known.includes(flag)) {
      throw new CliError(
        `${file}:${yaml.lineOf([key])}: there is no option "${key}"; known are ${known.join(', ')}.`,
      );
    }
    return [flag, value] as const;
  });
  return Object.fromEntries(entries);
};
