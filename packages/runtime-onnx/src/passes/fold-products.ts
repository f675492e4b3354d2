import {
  add,
  applyOp,
  defineEngineOp,
  matmul,
  mul,
  type OperationValue,
  type OpSpec,
  type Shape,
  transpose,
  type Value,
} from '@charter/tensor';
import { type GraphPass, type RewriteContext, rewriteGraph } from './rewrite-graph.js';

export interface ProductAttrs {
  /** Factor of the product. */
  readonly alpha: number;
  readonly transA: boolean;
  readonly transB: boolean;
}

/** `alpha · op(a) op(b) + c` */
interface Product extends ProductAttrs {
  readonly a: Value;
  readonly b: Value;
  readonly c?: Value | undefined;
}

const swapped = (shape: Shape, swap: boolean): Shape =>
  swap ? [...shape.slice(0, -2), shape.at(-1)!, shape.at(-2)!] : shape;

const productSpec = (name: string): OpSpec<ProductAttrs> => ({
  name,
  shape: ([a, b], { transA, transB }, fail) =>
    matmul.spec.shape([swapped(a!, transA), swapped(b!, transB)], {}, fail),
  cheapToRecompute: matmul.spec.cheapToRecompute!,
  samples: [],
});

const productOp = (spec: OpSpec<ProductAttrs>) =>
  defineEngineOp(
    spec,
    (inputs: readonly Value[], attrs: ProductAttrs): Value => applyOp(spec, inputs, attrs),
  );

/** `alpha · op(a) op(b) + c` of matrices `[m, k]` and `[k, n]`; c is `[m, n]` or `[n]`, or left out. */
export const gemm = productOp(productSpec('gemm'));
/** `alpha · op(a) op(b)` of more than two dimensions. */
export const fusedMatmul = productOp(productSpec('fusedMatmul'));

/**
 * Folds transposes, scalar factors and sums into matrix products: of two dimensions into `gemm`, which also adds a
 * third tensor, of more into `fusedMatmul`. No folded value is computed twice, as far as that costs anything.
 */
export const foldProducts: GraphPass = graph =>
  rewriteGraph(graph, (value, context) => {
    const [left, right] = value.inputs;
    if (matmul.is(value)) return foldIntoSides(value);
    if (mul.is(value)) return foldScale(value, context);
    if (transpose.is(value) && swapsLast(value)) return foldResultTranspose(left!, context);
    if (add.is(value)) return foldSum(left!, right!, context) ?? foldSum(right!, left!, context);
    return undefined;
  });

/** `matmul` of transposed or scaled sides. Both cost nothing inside the product, so further uses do not matter. */
const foldIntoSides = (value: Value): Value | undefined => {
  const [left, right] = value.inputs.map(foldSide);
  const flat = value.inputs.every(side => side.shape.length === 2);
  const plain = left!.value === value.inputs[0] && right!.value === value.inputs[1];
  if (!flat && plain) return undefined;
  return product({
    a: left!.value,
    b: right!.value,
    alpha: left!.scale * right!.scale,
    transA: left!.transposed,
    transB: right!.transposed,
  });
};

const foldSide = (side: Value): { value: Value; scale: number; transposed: boolean } => {
  if (transpose.is(side) && swapsLast(side)) {
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
  return product({ ...inner, alpha: inner.alpha * scaled.scale });
};

/** `(a b)ᵀ = bᵀ aᵀ` when nobody else needs the product. */
const foldResultTranspose = (source: Value, { uses }: RewriteContext): Value | undefined => {
  const inner = asProduct(source);
  if (!inner || inner.c || uses(source) > 1) return undefined;
  const { a, b, alpha, transA, transB } = inner;
  return product({ a: b, b: a, alpha, transA: !transB, transB: !transA });
};

/** `gemm + c` when nobody else needs the gemm; where it adds something already, that may be a gemm that takes c. */
const foldSum = (source: Value, c: Value, context: RewriteContext): Value | undefined => {
  const inner = asProduct(source);
  if (!inner || !gemm.is(source) || context.uses(source) > 1 || !fitsAsAddend(c, source)) return undefined;
  if (!inner.c) return product({ ...inner, c });
  const sum = inner.c.shape.length === 2 ? foldSum(inner.c, c, context) : undefined;
  return sum && product({ ...inner, c: sum });
};

const fitsAsAddend = (c: Value, { shape, dtype }: Value): boolean =>
  c.dtype === dtype &&
  (c.shape.length === 2
    ? c.shape.every((dim, i) => dim === shape[i])
    : c.shape.length === 1 && c.shape[0] === shape[1]);

/** `x · s` with a number s, in either order. */
const asScaled = (value: Value): { value: Value; scale: number } | undefined => {
  if (!mul.is(value)) return undefined;
  const factor = value.inputs.find(input => input.kind === 'number');
  const other = value.inputs[value.inputs[0] === factor ? 1 : 0];
  if (!factor || !other || other.shape.length !== value.shape.length) return undefined;
  return { value: other, scale: factor.value };
};

const asProduct = (value: Value): Product | undefined => {
  if (!gemm.is(value) && !fusedMatmul.is(value)) return undefined;
  const [a, b, c] = value.inputs;
  return { ...value.attrs, a: a!, b: b!, c };
};

const product = ({ a, b, c, ...attrs }: Product): Value =>
  a.shape.length === 2 && b.shape.length === 2
    ? gemm(c ? [a, b, c] : [a, b], attrs)
    : fusedMatmul([a, b], attrs);

const swapsLast = ({ attrs: { perm } }: OperationValue<{ perm: readonly number[] }>): boolean => {
  const last = perm.length - 1;
  return perm.every((axis, i) => axis === (i === last ? last - 1 : i === last - 1 ? last : i));
};
