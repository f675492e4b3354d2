import { loraFlags, trainingFlags } from './flag-names.js';
import { flagOf } from './flags-from.js';

/**
 * Messages of the packages name options as code does. On the command line each becomes the flag of the command at hand,
 * and advice whose flag this command lacks goes.
 */
const ADVICE: readonly {
  readonly says: RegExp;
  /** The flag that the advice needs, without its dashes. */
  readonly flag: string;
  readonly given: string;
  readonly lacking: string;
}[] = [
  {
    says: /Drop the row \(onBadRow\)/,
    flag: 'skip-bad-rows',
    given: 'Drop the row, or skip such rows with --skip-bad-rows',
    lacking: 'Drop the row',
  },
  {
    says: /or pass --role-map (\S+) \(roleMap\)/,
    flag: 'role-map',
    given: 'or give --role-map $1',
    lacking: 'or leave the row out',
  },
  {
    says: /Rename them \(columns\), or choose an adapter\./,
    flag: 'columns',
    given: 'Name them with --columns, such as --columns prompt=question.',
    lacking: 'Rename them.',
  },
  {
    says: /Pass format: jsonl, json, csv, tsv or parquet\./,
    flag: 'format',
    given: 'Give --format jsonl, json, csv, tsv or parquet.',
    lacking: 'Name the file .jsonl, .json, .csv, .tsv or .parquet.',
  },
  {
    says: /Give one \(chat_template\), put/,
    flag: 'chat-template',
    given: 'Give one with --chat-template FILE, put',
    lacking: 'Put',
  },
  {
    says: /use another template \(chat_template\)/,
    flag: 'chat-template',
    given: 'give another template with --chat-template FILE',
    lacking: 'use another template',
  },
];

/** An option's name as the packages write it, and no name of a file or of a key of one. */
const OPTION = /(?<![\w.-])[a-z]+(?:_[a-z]+)+(?![\w-]|\.\w)/g;

/**
 * A message of a package, with the options that it names called by the flags of the command at hand.
 *
 * @param flags flags of the command, without dashes
 */
export const withFlags = (message: string, flags: readonly string[]): string => {
  const advised = ADVICE.reduce(
    (text, { says, flag, given, lacking }) => text.replace(says, flags.includes(flag) ? given : lacking),
    message,
  );
  // What stands in a file of JSON is called as it is there.
  if (/\.json\b/.test(advised)) return advised;
  return advised.replace(OPTION, option => {
    const flag = flagOf(option, { ...trainingFlags, ...loraFlags });
    return flags.includes(flag) ? `--${flag}` : option;
  });
};
