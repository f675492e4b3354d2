import { GpuError } from '../gpu-error.js';
import type { Slot } from '../plan/slot.js';

/** Up to here every whole number is a float32. */
const EXACT = 2 ** 24;

/** A kernel over flat arrays: thread t makes element t of the output. */
export interface KernelCall {
  readonly source: string;
  readonly arrays: readonly Slot[];
  readonly integers: readonly number[];
  readonly floats: readonly number[];
}

/**
 * Writes the text of a gpu.js kernel. Sizes, strides and numbers are its arguments, not part of the text, so that one
 * compiled kernel serves every size.
 *
 * gpu.js turns every local variable into a float32 but keeps expressions of integer arguments, loop counters and `x|0`
 * in integers. So coordinates, each below 2^24, are variables, and positions in buffers are expressions of them.
 */
export class KernelSource {
  readonly #arrays: Slot[] = [];
  readonly #integers: number[] = [];
  readonly #floats: number[] = [];
  readonly #lines: string[] = [];
  #names = 0;

  array(slot: Slot): string {
    const known = this.#arrays.indexOf(slot);
    return `a${known >= 0 ? known : this.#arrays.push(slot) - 1}`;
  }

  integer(value: number): string {
    return `n${this.#integers.push(value) - 1}`;
  }

  float(value: number): string {
    return `f${this.#floats.push(Math.fround(value)) - 1}`;
  }

  line(text: string): void {
    this.#lines.push(text);
  }

  /** A new variable with the value of an expression. */
  variable(expression: string): string {
    const name = `v${this.#names++}`;
    this.line(`let ${name} = ${expression};`);
    return name;
  }

  /**
   * The coordinates of a flat index, as expressions to use in positions. A GPU's division may be off in its last bit,
   * so the quotient is corrected by its remainder.
   *
   * @throws {GpuError} when an index beyond 2^24 would have to be divided again
   */
  coordinates(index: string, shape: readonly number[]): string[] {
    if (shape.length <= 1) return shape.map(() => index);
    const inner = shape.slice(1).reduce((n, d) => n * d, 1);
    if (inner > EXACT || shape[0]! > EXACT) {
      throw new GpuError(
        `A tensor of ${shape.join(' × ')} elements is too large for this engine, which divides indices up to 2^24.`,
      );
    }
    const size = this.integer(inner);
    const quotient = this.variable(`Math.floor(${index} / ${size})`);
    const rest = this.variable(`${index} - (${quotient} | 0) * ${size}`);
    this.line(`if (${rest} < 0) { ${quotient} = ${quotient} - 1; ${rest} = ${rest} + ${size}; }`);
    this.line(`if (${rest} >= ${size}) { ${quotient} = ${quotient} + 1; ${rest} = ${rest} - ${size}; }`);
    return [`(${quotient} | 0)`, ...this.coordinates(`(${rest} | 0)`, shape.slice(1))];
  }

  /** Reads an element by its coordinates. */
  load(slot: Slot, offset: number, coordinates: readonly string[], strides: readonly number[]): string {
    const terms = coordinates.flatMap((at, axis) => {
      const stride = strides[axis]!;
      return stride === 0 ? [] : stride === 1 ? [at] : [`${at} * ${this.integer(stride)}`];
    });
    if (offset !== 0) terms.push(this.integer(offset));
    return `${this.array(slot)}[${terms.join(' + ') || '0'}]`;
  }

  finish(result: string): KernelCall {
    this.line(`return ${result};`);
    const names = [
      ...this.#arrays.map((_, i) => `a${i}`),
      ...this.#integers.map((_, i) => `n${i}`),
      ...this.#floats.map((_, i) => `f${i}`),
    ];
    return {
      source: `function (${names.join(', ')}) {\n${this.#lines.join('\n')}\n}`,
      arrays: this.#arrays,
      integers: this.#integers,
      floats: this.#floats,
    };
  }
}
