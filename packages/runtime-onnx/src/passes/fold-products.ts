import type { Attrs, Value } from '@charter/tensor';
import type { RewriteContext, Rule } from './rewrite-graph.js';

/** What a product takes in besides its two sides: `alpha · op(a) op(b) + c`. */
interface Product {
  readonly a: Value;
  readonly b: Value;
  readonly c?: Value | undefined;
  readonly alpha: number;
  readonly transA: boolean;
  readonly transB: boolean;
}

/**
 * Folds transposes, scalar factors and sums into matrix products: of two dimensions into `gemm`, which also adds a
 * third tensor, of more into `fusedMatmul`. No folded value is computed twice, as far as that costs anything.
 */
export const foldProducts: Rule = (value, context) => {
  switch (value.op) {
    case 'matmul':
      return foldIntoSides(value);
    case 'mul':
      return foldScale(value, context);
    case 'transpose':
      return foldResultTranspose(value, context);
    case 'add':
      return (
        foldSum(value.inputs[0]!, value.inputs[1]!, context) ??
        foldSum(value.inputs[1]!, value.inputs[0]!, context)
      );
    default:
      return undefined;
  }
};

/** `matmul` of transposed or scaled sides. Both cost nothing inside the product, so further uses do not matter. */
const foldIntoSides = (value: Value): Value | undefined => {
  const [left, right] = value.inputs.map(foldSide);
  const flat = value.inputs.every(side => side.shape.length === 2);
  const plain = left!.value === value.inputs[0] && right!.value === value.inputs[1];
  if (!flat && plain) return undefined;
  return product(value, {
    a: left!.value,
    b: right!.value,
    alpha: left!.scale * right!.scale,
    transA: left!.transposed,
    transB: right!.transposed,
  });
};

const foldSide = (side: Value): { value: Value; scale: number; transposed: boolean } => {
  if (side.op === 'transpose' && swapsLast(side)) {
    const inner = foldSide(side.inputs[0]!);
    return { ...inner, transposed: !inner.transposed };
  }
  const scaled = asScaled(side);
  if (!scaled) return { value: side, scale: 1, transposed: false };
  const inner = foldSide(scaled.value);
  return { ...inner, scale: inner.scale * scaled.scale };
};

/** `s · product` when nobody else needs the product. */
const foldScale = (value: Value, { uses }: RewriteContext): Value | undefined => {
  const scaled = asScaled(value);
  const inner = scaled && asProduct(scaled.value);
  if (!inner || inner.c || uses(scaled.value) > 1) return undefined;
  return product(value, { ...inner, alpha: inner.alpha * scaled.scale });
};

/** `(a b)ᵀ = bᵀ aᵀ` when nobody else needs the product. */
const foldResultTranspose = (value: Value, { uses }: RewriteContext): Value | undefined => {
  const source = value.inputs[0]!;
  const inner = asProduct(source);
  if (!inner || inner.c || !swapsLast(value) || uses(source) > 1) return undefined;
  const { a, b, alpha, transA, transB } = inner;
  return product(value, { a: b, b: a, alpha, transA: !transB, transB: !transA });
};

/** `gemm + c` when nobody else needs the gemm; where it adds something already, that may be a gemm that takes c. */
const foldSum = (source: Value, c: Value, context: RewriteContext): Value | undefined => {
  const inner = asProduct(source);
  if (!inner || source.op !== 'gemm' || context.uses(source) > 1 || !fitsAsAddend(c, source))
    return undefined;
  if (!inner.c) return product(source, { ...inner, c });
  const sum = inner.c.shape.length === 2 ? foldSum(inner.c, c, context) : undefined;
  return sum && product(source, { ...inner, c: sum });
};

const fitsAsAddend = (c: Value, { shape, dtype }: Value): boolean =>
  c.dtype === dtype &&
  (c.shape.length === 2
    ? c.shape.every((dim, i) => dim === shape[i])
    : c.shape.length === 1 && c.shape[0] === shape[1]);

/** `x · s` with a number s, in either order. */
const asScaled = (value: Value): { value: Value; scale: number } | undefined => {
  if (value.op !== 'mul') return undefined;
  const factor = value.inputs.findIndex(input => input.op === 'number');
  const other = value.inputs[1 - factor];
  if (factor < 0 || !other || other.shape.length !== value.shape.length) return undefined;
  return { value: other, scale: value.inputs[factor]!.attrs.value as number };
};

const asProduct = ({ op, inputs: [a, b, c], attrs }: Value): Product | undefined =>
  op === 'gemm' || op === 'fusedMatmul'
    ? { ...(attrs as unknown as Pick<Product, 'alpha' | 'transA' | 'transB'>), a: a!, b: b!, c }
    : undefined;

const product = ({ graph, shape, dtype }: Value, { a, b, c, alpha, transA, transB }: Product): Value =>
  graph.add({
    op: shape.length === 2 && a.shape.length === 2 && b.shape.length === 2 ? 'gemm' : 'fusedMatmul',
    inputs: c ? [a, b, c] : [a, b],
    attrs: { alpha, transA, transB } satisfies Attrs,
    shape,
    dtype,
  });

const swapsLast = ({ attrs }: Value): boolean => {
  const perm = attrs.perm as readonly number[];
  const last = perm.length - 1;
  return perm.every((axis, i) => axis === (i === last ? last - 1 : i === last - 1 ? last : i));
};
