const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const two = (n: number) => String(n).padStart(2, '0');

const DIRECTIVES: Record<string, (date: Date) => string> = {
  Y: date => String(date.getFullYear()),
  y: date => two(date.getFullYear() % 100),
  m: date => two(date.getMonth() + 1),
  d: date => two(date.getDate()),
  e: date => String(date.getDate()).padStart(2),
  B: date => MONTHS[date.getMonth()]!,
  b: date => MONTHS[date.getMonth()]!.slice(0, 3),
  A: date => DAYS[date.getDay()]!,
  a: date => DAYS[date.getDay()]!.slice(0, 3),
  H: date => two(date.getHours()),
  I: date => two(date.getHours() % 12 || 12),
  M: date => two(date.getMinutes()),
  S: date => two(date.getSeconds()),
  p: date => (date.getHours() < 12 ? 'AM' : 'PM'),
  F: date => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`,
  '%': () => '%',
};

/**
 * Python's `strftime` in the C locale, for the `strftime_now` of chat templates. The names are English on every
 * machine, because the model saw them so. `%-d` leaves out padding, as with glibc. A directive not in the table
 * stays as it is.
 */
export const strftime = (date: Date, format: string): string => {
  return format.replace(/%(-?)([a-zA-Z%])/g, (whole, bare: string, letter: string) => {
    const text = DIRECTIVES[letter]?.(date);
    if (text === undefined) return whole;
    return bare ? text.replace(/^[0 ]+(?=\d)/, '') : text;
  });
};
