/** Value of `name=value` on the command line of a measurement. */
export const argument = (name: string, fallback: string): string =>
  process.argv.find(arg => arg.startsWith(`${name}=`))?.slice(name.length + 1) ?? fallback;

/** Number of `name=value` on the command line of a measurement. */
export const numberArgument = (name: string, fallback: number): number =>
  Number(argument(name, String(fallback)));
