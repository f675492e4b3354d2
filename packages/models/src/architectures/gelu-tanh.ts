import { add, mul, tanh, type Value } from '@charter/tensor';

/**
 * `x/2 · (1 + tanh(sqrt(2/π) · (x + 0.044715 x³)))`, close to `x · Φ(x)`.
 *
 * @see Hendrycks and Gimpel 2016, section 2; transformers `gelu_pytorch_tanh`
 */
export const geluTanh = (x: Value): Value => {
  const cubic = mul(x, add(1, mul(mul(x, x), 0.044715)));
  return mul(mul(x, 0.5), add(1, tanh(mul(cubic, Math.sqrt(2 / Math.PI)))));
};
