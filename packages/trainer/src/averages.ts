/** Averages of numbers by name: one mean for each name, over the times that it was added. */
export class Averages {
  #sums: Record<string, [sum: number, count: number]> = {};

  add(values: Readonly<Record<string, number>>): void {
    for (const [name, value] of Object.entries(values)) {
      const [sum, count] = this.#sums[name] ?? [0, 0];
      this.#sums[name] = [sum + value, count + 1];
    }
  }

  /** The means since the last call. */
  take(): Record<string, number> {
    const means = Object.fromEntries(
      Object.entries(this.#sums).map(([name, [sum, count]]) => [name, sum / count]),
    );
    this.#sums = {};
    return means;
  }

  toJSON() {
    return this.#sums;
  }

  static from(sums: Record<string, [number, number]>): Averages {
    const averages = new Averages();
    averages.#sums = { ...sums };
    return averages;
  }
}
