import { applyOp, defineEngineOp, type OpSpec, type Value } from '@charter/tensor';

const spec: OpSpec<object> = {
  name: 'writeRows',
  shape: ([rows, updates, indices], _attrs, fail) =>
    indices!.length === 1 && updates![0] === indices![0] && rows!.length === updates!.length
      ? rows!
      : fail('needs one index for each row of the updates'),
  samples: [],
};

/** `rows [n, ...rest]` with those at int32 `indices [m]` replaced by `updates [m, ...rest]`. */
export const writeRows = defineEngineOp(
  spec,
  (rows: Value, updates: Value, indices: Value): Value => applyOp(spec, [rows, updates, indices], {}),
);
