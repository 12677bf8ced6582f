/** Views of one place in the arena: the same bytes as floats and as 32-bit integers. A source writes the one its type names. */
export interface BatchView {
  readonly float32: Float32Array;
  readonly int32: Int32Array;
}

/** How numbers are kept in the arena: `float32` for values, `int32` for token ids and class labels. */
export type ElementType = "float32" | "int32";

/** Shape and type of one example's input or target, without the batch dimension; `[]` is a single number. */
export interface ExampleShape {
  readonly shape: readonly number[];
  readonly type: ElementType;
}

/**
 * Examples that are written into the arena when they are needed, and never held there longer than a step. What a
 * data set keeps in between (bytes, token ids) is its own affair, so it can be far smaller than what is computed with.
 */
export interface BatchSource {
  /** Number of examples. */
  readonly count: number;
  readonly input: ExampleShape;
  readonly target: ExampleShape;
  /**
   * Writes the examples `order[from] … order[from + size - 1]` as consecutive rows from the start of both views, in the
   * arena's form (scaled, padded). Writes nothing past them and allocates nothing. `epoch` (from 0) is for sources whose
   * examples differ from epoch to epoch; the same `order`, `from`, `size` and `epoch` write the same bytes.
   */
  writeBatch(
    order: Uint32Array,
    from: number,
    size: number,
    epoch: number,
    input: BatchView,
    target: BatchView,
  ): void;
}
