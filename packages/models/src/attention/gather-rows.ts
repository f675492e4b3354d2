import { ancestors, applyOp, gather, type OperationValue, type Value } from '@charter/tensor';

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
  /** Inputs that must be gathered for the rows of a value; undefined where it is not made row by row. */
  const rowInputs = (value: OperationValue): Value[] | undefined => {
    const { spec, inputs } = value;
    if (!hasRows(value)) return undefined;
    const found = inputs.filter(hasRows);
    if (spec.elementwise) return found;
    return spec.rowwise && found.length === 1 && found[0] === inputs[0] ? found : undefined;
  };

  // A value that is not made row by row is computed whole, and so is all that it is made from.
  const whole = new Set<Value>();
  const seen = new Set<Value>();
  const open = [x];
  for (let value = open.pop(); value; value = open.pop()) {
    if (seen.has(value)) continue;
    seen.add(value);
    const inputs = value.kind === 'operation' ? rowInputs(value) : undefined;
    if (inputs) open.push(...inputs);
    else for (const below of ancestors([value], whole)) whole.add(below);
  }

  const made = new Map<Value, Value>();
  const rowsOf = (value: Value): Value => {
    const known = made.get(value);
    if (known) return known;
    const result = whole.has(value) || value.kind !== 'operation' ? gather(value, indices) : again(value);
    made.set(value, result);
    return result;
  };
  /** The operation on the gathered rows of its inputs. */
  const again = (value: OperationValue): Value => {
    const { graph, scope, spec, attrs } = value;
    const gathered = new Set(rowInputs(value));
    const inputs = () => value.inputs.map(input => (gathered.has(input) ? rowsOf(input) : input));
    const result = graph.scope(scope, () => applyOp(spec, inputs(), attrs));
    return graph.boundaries.has(value) ? graph.boundary(result) : result;
  };
  return rowsOf(x);
};
