import { applyOp, gather, specOf, type Value } from '@charter/tensor';

/** Operations that make a row of `[rows, n]` from the same row of their first input and from inputs without rows. */
const ROW_BY_ROW = new Set(['matmul', 'rmsNorm']);

/**
 * `gather(x, indices)`, before which no more is computed of other rows than must be: what is made row by row from whole
 * values is made from their gathered rows. For the rows of a decoder that carry labels that spares all others the last
 * layer's products behind attention.
 *
 * @param x `[rows, n]`
 * @param indices int32 `[m]`
 * @returns `[m, n]`
 */
export const gatherRows = (x: Value, indices: Value): Value => {
  const [rows] = x.shape;
  const hasRows = ({ shape }: Value) => shape.length === 2 && shape[0] === rows;
  /** The inputs whose rows make the rows of a value; undefined where it is not made row by row. */
  const rowInputs = (value: Value): Value[] | undefined => {
    const { op, inputs } = value;
    if (!hasRows(value)) return undefined;
    const found = inputs.filter(hasRows);
    if (specOf(value)?.elementwise) return found;
    return ROW_BY_ROW.has(op) && found.length === 1 && found[0] === inputs[0] ? found : undefined;
  };

  // What is made otherwise is there whole, and with it all that it is made from.
  const whole = new Set<Value>();
  const seen = new Set<Value>();
  const open = [x];
  for (let value = open.pop(); value; value = open.pop()) {
    if (seen.has(value)) continue;
    seen.add(value);
    const inputs = rowInputs(value);
    if (inputs) open.push(...inputs);
    else addWithInputs(whole, value);
  }

  const made = new Map<Value, Value>();
  const rowsOf = (value: Value): Value => {
    const known = made.get(value);
    if (known) return known;
    const inputs = whole.has(value) ? undefined : rowInputs(value);
    const result = inputs
      ? value.graph.scope(value.scope, () =>
          applyOp(
            specOf(value)!,
            value.inputs.map(input => (inputs.includes(input) ? rowsOf(input) : input)),
            value.attrs,
          ),
        )
      : gather(value, indices);
    made.set(value, result);
    return result;
  };
  return rowsOf(x);
};

const addWithInputs = (whole: Set<Value>, value: Value): void => {
  const open = [value];
  for (let next = open.pop(); next; next = open.pop()) {
    if (whole.has(next)) continue;
    whole.add(next);
    open.push(...next.inputs);
  }
};
