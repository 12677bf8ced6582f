/** Two views of the same bytes of the arena: as floats and as 32-bit integers. A source writes the view of its type. */
export interface BatchView {
  readonly float32: Float32Array;
  readonly int32: Int32Array;
}

/** Type of the numbers in the arena: `float32` for values, `int32` for token ids and class labels. */
export type ElementType = "float32" | "int32";

/** Shape and type of one example's input or target, without the batch dimension; `[]` is a single number. */
export interface ExampleShape {
  readonly shape: readonly number[];
  readonly type: ElementType;
}

/** Examples of a source by their places in an order: `order[from] … order[from + size - 1]`. */
export interface Batch {
  readonly order: Uint32Array;
  readonly from: number;
  readonly size: number;
  /** From 0, for sources whose examples differ from epoch to epoch. */
  readonly epoch: number;
}

/**
 * Examples that are written into the arena when they are needed, and stay there for one step. Between steps a data set may keep them
 * in any form, such as bytes or token ids, which is often far smaller.
 */
export interface BatchSource {
  /** Number of examples. */
  readonly count: number;
  readonly input: ExampleShape;
  readonly target: ExampleShape;
  /**
   * Writes the examples of a batch as consecutive rows from the start of both views, in the arena's form (scaled, padded).
   * Writes nothing past them and allocates nothing. Equal batches write equal bytes. The caller reuses the record, so a source
   * must not keep it.
   */
  writeBatch(batch: Batch, input: BatchView, target: BatchView): void;
}
