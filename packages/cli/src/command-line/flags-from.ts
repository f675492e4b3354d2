import { z } from 'zod';

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

type Optional<Shape extends z.ZodRawShape> = {
  [Field in keyof Shape]: Shape[Field] extends z.ZodDefault<infer Inner extends z.ZodType>
    ? z.ZodOptional<Inner>
    : Shape[Field];
};

/** The same options with no value where they are not given: an endpoint is sent only what the user asked for. */
export const withoutDefaults = <Shape extends z.ZodRawShape>(shape: Shape): Optional<Shape> =>
  Object.fromEntries(
    Object.entries(shape).map(([field, type]) => {
      if (!(type instanceof z.ZodDefault)) return [field, type];
      const { defaultValue } = type.def;
      const own = Array.isArray(defaultValue) ? '' : `; default: ${defaultValue}, at an endpoint its own`;
      return [field, (type.unwrap() as z.ZodType).optional().describe(`${type.description}${own}`)];
    }),
  ) as Optional<Shape>;

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
