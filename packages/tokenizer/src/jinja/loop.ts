import { bind } from './arguments.js';
import { equals } from './operations.js';
import { typeError } from './template-errors.js';
import { AttributeObject, Callable, Undefined, type Value } from './values.js';

/** The `loop` of a `for`. */
export class Loop extends AttributeObject {
  readonly typeName = 'LoopContext';
  index = 0;
  #lastChanged: readonly Value[] | undefined;

  /**
   * @param depth counted from 0
   * @param again renders the loop's body over another value, where the loop is recursive
   */
  constructor(
    readonly items: readonly Value[],
    readonly depth: number,
    readonly again: ((items: Value, depth: number) => Value) | undefined,
  ) {
    super();
  }

  attribute(name: string): Value | undefined {
    const { index, items } = this;
    const last = items.length - 1;
    switch (name) {
      case 'index':
        return BigInt(index + 1);
      case 'index0':
        return BigInt(index);
      case 'revindex':
        return BigInt(items.length - index);
      case 'revindex0':
        return BigInt(last - index);
      case 'first':
        return index === 0;
      case 'last':
        return index === last;
      case 'length':
        return BigInt(items.length);
      case 'depth':
        return BigInt(this.depth + 1);
      case 'depth0':
        return BigInt(this.depth);
      case 'previtem':
        return index === 0 ? new Undefined('there is no previous item') : items[index - 1];
      case 'nextitem':
        return index === last ? new Undefined('there is no next item') : items[index + 1];
      case 'cycle':
        return new Callable('cycle', ({ positional }) => {
          if (positional.length === 0) throw typeError('no items for cycling given');
          return positional[index % positional.length]!;
        });
      case 'changed':
        return new Callable('changed', ({ positional }) => {
          const before = this.#lastChanged;
          this.#lastChanged = positional;
          return !(
            before?.length === positional.length && before.every((value, i) => equals(value, positional[i]!))
          );
        });
      default:
        return undefined;
    }
  }

  /** `loop(items)` of a recursive loop. */
  readonly recurse = new Callable('loop', args => {
    if (!this.again) {
      throw typeError("The loop must have the 'recursive' marker to be called recursively.");
    }
    const [items] = bind('loop', args, ['iterable'], 1);
    return this.again(items!, this.depth + 1);
  });
}
