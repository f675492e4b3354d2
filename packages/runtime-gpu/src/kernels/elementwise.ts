import type { KernelSource } from './kernel-source.js';

/** Writes an operation on one element; the inputs are variables of the kernel, the result is an expression. */
type Elementwise = (inputs: readonly string[], kernel: KernelSource) => string;

const call =
  (name: string): Elementwise =>
  ([x]) =>
    `Math.${name}(${x})`;

const infix =
  (operator: string): Elementwise =>
  ([a, b]) =>
    `(${a} ${operator} ${b})`;

/** Bools are the floats 0 and 1. */
const condition =
  (test: (inputs: readonly string[]) => string): Elementwise =>
  inputs =>
    `(${test(inputs)} ? 1.0 : 0.0)`;

const compare = (operator: string) => condition(([a, b]) => `${a} ${operator} ${b}`);

const same: Elementwise = ([x]) => x!;

/** Expression of each element-by-element operation in a kernel. */
export const elementwise: Readonly<Record<string, Elementwise>> = {
  copy: same,
  stopGradient: same,
  cast: same,
  toBool: condition(([x]) => `${x} !== 0.0`),
  neg: ([x]) => `(-${x})`,
  exp: call('exp'),
  log: call('log'),
  sqrt: call('sqrt'),
  reciprocal: ([x]) => `(1.0 / ${x})`,
  // Beyond these bounds a float32 exponential overflows, and WGSL leaves open what comes of it.
  sigmoid: ([x], kernel) => `(1.0 / (1.0 + ${exactExp(`Math.min(-${x}, 87.0)`, kernel)}))`,
  tanh: ([x]) => `Math.tanh(Math.max(Math.min(${x}, 20.0), -20.0))`,
  softplus: ([x], kernel) => softplus(x!, kernel),
  erf: ([x], kernel) => erf(x!, kernel),
  add: infix('+'),
  sub: infix('-'),
  mul: infix('*'),
  div: infix('/'),
  maximum: ([a, b]) => `Math.max(${a}, ${b})`,
  minimum: ([a, b]) => `Math.min(${a}, ${b})`,
  equal: compare('==='),
  less: compare('<'),
  lessEqual: compare('<='),
  greater: compare('>'),
  greaterEqual: compare('>='),
  and: infix('*'),
  or: ([a, b]) => `Math.max(${a}, ${b})`,
  where: ([test, a, b]) => `(${test} > 0.5 ? ${a} : ${b})`,
};

/**
 * exp(x) for x up to 87. A GPU computes 2^(x · log2(e)), and rounds the product: off by 4e-6 at -72. Here the nearest
 * power of 2 is split off first (Cody and Waite 1980), and only what is left, at most 0.35, goes through `Math.exp`.
 */
const exactExp = (expression: string, kernel: KernelSource): string => {
  const x = kernel.variable(expression);
  const n = kernel.variable(`Math.max(Math.floor(${x} * 1.44269504 + 0.5), -126.0)`);
  // The first part of ln(2) has few digits, so that its product with n is exact.
  const rest = kernel.variable(`${x} - ${n} * 0.693359375 + ${n} * 0.000212194440`);
  return `(Math.pow(2.0, ${n}) * Math.exp(${rest}))`;
};

/**
 * max(x, 0) + log(1 + u) with u = exp(-|x|). A float32 sum 1 + u loses a small u, so the logarithm is
 * 2 artanh(u / (2 + u)), by its series: for arguments up to 1/3 the next term would add 1e-8.
 */
const softplus = (x: string, kernel: KernelSource): string => {
  const u = kernel.variable(exactExp(`-Math.abs(${x})`, kernel));
  const z = kernel.variable(`${u} / (2.0 + ${u})`);
  const square = kernel.variable(`${z} * ${z}`);
  const [highest, ...others] = [13, 11, 9, 7, 5, 3, 1].map(n => (2 / n).toFixed(9));
  const series = others.reduce((sum, coefficient) => `(${sum} * ${square} + ${coefficient})`, highest!);
  return `(Math.max(${x}, 0.0) + ${z} * ${series})`;
};

/** By its Taylor series below 1, else by Abramowitz and Stegun 7.1.26, whose error is below 1.5e-7. */
const erf = (x: string, kernel: KernelSource): string => {
  const size = kernel.variable(`Math.abs(${x})`);
  const square = kernel.variable(`${x} * ${x}`);
  // 1/n! · 1/(2n+1), from n = 9 down.
  const taylor = [9, 8, 7, 6, 5, 4, 3, 2, 1, 0].reduce((inner, n) => {
    const factor = (n % 2 ? -1 : 1) / (factorial(n) * (2 * n + 1));
    return inner === '' ? kernel.float(factor) : `(${inner} * ${square} + ${kernel.float(factor)})`;
  }, '');
  const near = kernel.variable(`${x} * ${taylor} * ${kernel.float(2 / Math.sqrt(Math.PI))}`);
  const t = kernel.variable(`1.0 / (1.0 + ${size} * ${kernel.float(0.3275911)})`);
  const poly = [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592].reduce(
    (inner, factor) => (inner === '' ? kernel.float(factor) : `(${inner} * ${t} + ${kernel.float(factor)})`),
    '',
  );
  const far = kernel.variable(`1.0 - ${poly} * ${t} * Math.exp(-${square})`);
  return `(${size} < 1.0 ? ${near} : (${x} < 0.0 ? -${far} : ${far}))`;
};

const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
