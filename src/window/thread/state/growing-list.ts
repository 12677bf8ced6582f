/**
 * An immutable list that grows at its end. Versions share one array, so appending to the newest version costs only what is added
 * (copying 100,000 entries takes about 1 ms per append); an older version keeps its own length.
 */
export class GrowingList<Value> {
  readonly length: number;
  readonly #shared: Value[];
  #array: readonly Value[] | undefined;

  private constructor(shared: Value[], length: number, array: readonly Value[] | undefined) {
    this.#shared = shared;
    this.length = length;
    this.#array = array;
  }

  /** Makes a list of these values. */
  static of<Value>(values: readonly Value[]): GrowingList<Value> {
    return new GrowingList([...values], values.length, values);
  }

  /** Returns the list with more values at its end; this version stays unchanged. */
  append(values: readonly Value[]): GrowingList<Value> {
    if (values.length === 0) return this;
    const isNewest = this.#shared.length === this.length;
    const shared = isNewest ? this.#shared : this.#shared.slice(0, this.length);
    for (const value of values) shared.push(value);
    return new GrowingList(shared, shared.length, undefined);
  }

  /** Returns the value at an index; a negative index counts from the end, as in an array. */
  at(index: number): Value | undefined {
    const place = index < 0 ? this.length + index : index;
    return place < this.length ? this.#shared[place] : undefined;
  }

  /** Copies a range into an array; indices are not negative. */
  slice(from: number, to: number = this.length): readonly Value[] {
    return this.#shared.slice(from, Math.min(to, this.length));
  }

  /** Returns all values as an array, copied once per version. */
  toArray(): readonly Value[] {
    this.#array ??= this.#shared.slice(0, this.length);
    return this.#array;
  }

  /** Returns the index of the last value that passes the test, -1 without one. */
  findLastIndex(test: (value: Value) => boolean): number {
    for (let index = this.length - 1; index >= 0; index--) {
      const value = this.#shared[index];
      if (value !== undefined && test(value)) return index;
    }
    return -1;
  }
}
