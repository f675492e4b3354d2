import { type Graph, reshape, slice, type Value } from '@charter/tensor';
import { TrainingError } from './training-error.js';

/** A trained parameter: its name in the model and its shape. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
}

const UNDECAYED = /bias|layernorm|rmsnorm|(^|\.)norm($|\.)|_norm($|\.)/i;

/**
 * All trained parameters one after the other in one float32 array: gradients land in an array of the same layout, so
 * that the norm, the optimizer and a checkpoint each see one tensor.
 */
export class FlatParameters {
  readonly size: number;
  readonly #ranges: readonly { parameter: Parameter; start: number; end: number }[];

  constructor(parameters: readonly Parameter[]) {
    let end = 0;
    this.#ranges = parameters.map(parameter => {
      const start = end;
      end += parameter.shape.reduce((n, d) => n * d, 1);
      return { parameter, start, end };
    });
    this.size = end;
    if (end === 0) throw new TrainingError('There is nothing to train: no parameters were given.');
  }

  /** Puts each parameter's part of `flat [size]` in the place of the weight of its name. */
  bind(graph: Graph, flat: Value): Value[] {
    return this.#ranges.map(({ parameter: { name, shape }, start, end }) => {
      const value = reshape(slice(flat, { axis: 0, start, end }), { shape });
      graph.bind(name, value);
      return value;
    });
  }

  /**
   * Copies tensors into one array.
   * @throws {TrainingError} when one is missing or has another size
   */
  pack(tensors: ReadonlyMap<string, ArrayLike<number>>): Float32Array<ArrayBuffer> {
    const flat = new Float32Array(this.size);
    for (const { parameter, start, end } of this.#ranges) {
      const data = tensors.get(parameter.name);
      if (data?.length !== end - start) {
        throw new TrainingError(
          `The parameter ${parameter.name} needs ${end - start} numbers, but ${data?.length ?? 'none'} were given.`,
        );
      }
      flat.set(data, start);
    }
    return flat;
  }

  /**
   * Where `weight_decay` acts, `[size]`: 0 for norms and biases, else 1; undefined where it acts on everything.
   *
   * @see transformers `Trainer.get_decay_parameter_names`
   */
  decayed(): Float32Array<ArrayBuffer> | undefined {
    const left = this.#ranges.filter(({ parameter }) => UNDECAYED.test(parameter.name));
    if (left.length === 0) return undefined;
    const mask = new Float32Array(this.size).fill(1);
    for (const { start, end } of left) mask.fill(0, start, end);
    return mask;
  }

  /** The tensors in an array, as views of it. */
  unpack(flat: Float32Array): Map<string, { shape: readonly number[]; data: Float32Array }> {
    return new Map(
      this.#ranges.map(({ parameter: { name, shape }, start, end }) => [
        name,
        { shape, data: flat.subarray(start, end) },
      ]),
    );
  }
}
