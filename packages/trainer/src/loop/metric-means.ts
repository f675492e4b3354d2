/** Means of metrics by name, each over the values that were added under it. */
export class MetricMeans {
  #sums: Record<string, [sum: number, count: number]> = {};

  add(values: Readonly<Record<string, number>>): void {
    for (const [name, value] of Object.entries(values)) {
      const [sum, count] = this.#sums[name] ?? [0, 0];
      this.#sums[name] = [sum + value, count + 1];
    }
  }

  /** Means since the last call; starts anew. */
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

  static from(sums: Record<string, [number, number]>): MetricMeans {
    const means = new MetricMeans();
    means.#sums = { ...sums };
    return means;
  }
}
