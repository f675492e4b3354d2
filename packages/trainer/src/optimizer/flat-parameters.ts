import { type Graph, reshape, slice, type Value } from '@charter/tensor';
import { TrainingError } from '../training-error.js';

/** A trained parameter: its name in the model and its shape. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
}

const UNDECAYED = /bias|layernorm|rmsnorm|(^|\.)norm($|\.)|_norm($|\.)/i;

interface Range {
  readonly start: number;
  readonly end: number;
}

/** 4 MB: an engine that gives each output new memory finds pieces of this size among what it has freed. */
const PIECE = 2 ** 20;

/**
 * All trained parameters one after the other in one float32 array: gradients land in an array of the same layout, so
 * that the norm, the optimizer and a checkpoint each see one tensor. Programs see it in pieces.
 */
export class FlatParameters {
  readonly size: number;
  /** At most 2^20 elements each, unless one parameter is larger. */
  readonly pieces: readonly Range[];
  readonly #ranges: readonly (Range & { readonly parameter: Parameter; readonly piece: number })[];

  constructor(parameters: readonly Parameter[], largestPiece = PIECE) {
    let end = 0;
    const pieces: { start: number; end: number }[] = [];
    this.#ranges = parameters.map(parameter => {
      const start = end;
      end += parameter.shape.reduce((n, d) => n * d, 1);
      const last = pieces.at(-1);
      if (last && end - last.start <= largestPiece) last.end = end;
      else pieces.push({ start, end });
      return { parameter, start, end, piece: pieces.length - 1 };
    });
    this.size = end;
    this.pieces = pieces;
    if (end === 0) throw new TrainingError('There is nothing to train: no parameters were given.');
  }

  /**
   * Adds the pieces as inputs, `parameters.0` and so on, float32 of one dimension, and binds each parameter's slice to the
   * weight of its name.
   *
   * @returns the inputs, and the parameters in their shapes
   */
  bind(graph: Graph): { readonly inputs: Value[]; readonly trained: Value[] } {
    const inputs = this.pieces.map(({ start, end }, i) =>
      graph.input(pieceName('parameters', i), 'float32', [end - start]),
    );
    const trained = this.#ranges.map(({ parameter: { name, shape }, start, end, piece }) => {
      const from = this.pieces[piece]!.start;
      const flat = slice(inputs[piece]!, { axis: 0, start: start - from, end: end - from });
      const value = reshape(flat, { shape });
      graph.bind(name, value);
      return value;
    });
    return { inputs, trained };
  }

  /** Positions of the parameters in a piece. */
  parametersOf(piece: number): number[] {
    return this.#ranges.flatMap((range, i) => (range.piece === piece ? [i] : []));
  }

  /** Pieces of an array, as views of it. */
  split(flat: Float32Array): Float32Array[] {
    return this.pieces.map(({ start, end }) => flat.subarray(start, end));
  }

  /** The array that consists of these pieces. */
  join(pieces: readonly Float32Array[]): Float32Array<ArrayBuffer> {
    const flat = new Float32Array(this.size);
    pieces.forEach((piece, i) => {
      flat.set(piece, this.pieces[i]!.start);
    });
    return flat;
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
   * Mask of `weight_decay`, `[size]`: 0 for norms and biases, else 1; undefined when it applies to everything.
   *
   * @see transformers `Trainer.get_decay_parameter_names`
   */
  decayed(): Float32Array<ArrayBuffer> | undefined {
    const excluded = this.#ranges.filter(({ parameter }) => UNDECAYED.test(parameter.name));
    if (excluded.length === 0) return undefined;
    const mask = new Float32Array(this.size).fill(1);
    for (const { start, end } of excluded) mask.fill(0, start, end);
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

/** Name of a program's input or output for a piece of an array. */
export const pieceName = (array: string, piece: number): string => `${array}.${piece}`;
