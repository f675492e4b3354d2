import type { z } from 'zod';

/** `learning_rate` → `learning-rate` */
type Kebab<S extends string> = S extends `${infer A}_${infer B}` ? `${A}-${Kebab<B>}` : S;

type FlagOf<Field, Names> = Field extends keyof Names
  ? Names[Field] extends string
    ? Names[Field]
    : never
  : Kebab<Field & string>;

type Flags<Shape, Names> = { [Field in keyof Shape as FlagOf<Field, Names>]: Shape[Field] };

/** The flag of an option, without its dashes. */
export const flagOf = (field: string, names: Readonly<Record<string, string>>): string =>
  names[field] ?? field.replaceAll('_', '-');

/**
 * The options of a package's schema as flags: `weight_decay` becomes `weight-decay`, what `names` lists gets the name
 * given there. Defaults, limits and help texts stay where they are.
 */
export const flagsFrom = <Shape extends z.ZodRawShape, const Names extends Readonly<Record<string, string>>>(
  shape: Shape,
  names: Names,
): Flags<Shape, Names> =>
  Object.fromEntries(
    Object.entries(shape).map(([field, type]) => [flagOf(field, names), type]),
  ) as unknown as Flags<Shape, Names>;

/** The way back: the values of the flags under the schema's own names. */
export const fieldsFrom = <Shape extends z.ZodRawShape, Names extends Readonly<Record<string, string>>>(
  options: Readonly<Record<string, unknown>>,
  shape: Shape,
  names: Names,
): { [Field in keyof Shape]: z.output<Shape[Field]> } =>
  Object.fromEntries(
    Object.keys(shape).flatMap(field => {
      const value = options[flagOf(field, names)];
      return value === undefined ? [] : [[field, value]];
    }),
  ) as { [Field in keyof Shape]: z.output<Shape[Field]> };
