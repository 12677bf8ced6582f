import type { EmbeddingLayer } from "../network/layer.ts";
import type { Builder } from "./builder.ts";
import type { Lowered, Value } from "./value.ts";
import { newValue } from "./value.ts";

/** Keras initializes embeddings uniformly between -0.05 and 0.05. */
const embeddingLimit = 0.05;

/**
 * y = table[token], plus the row of its place if the layer has positions.
 * tokens: (length), table: (inputDim, outputDim), positions: (length, outputDim), y: (length, outputDim).
 */
export function lowerEmbedding(builder: Builder, layer: EmbeddingLayer, path: string, input: Value): Lowered {
  const [length = 1] = input.dimensions;
  const { inputDim, outputDim } = layer;
  const initializer = { name: "uniform", limit: embeddingLimit } as const;
  const table = builder.parameter(`${path}.embeddings`, [inputDim, outputDim], initializer, true);
  const positions =
    layer.positions === true
      ? builder.parameter(`${path}.positions`, [length, outputDim], initializer, true)
      : undefined;
  const mask = layer.maskZero === true ? input.tensor : undefined;
  const output = newValue(builder, [length, outputDim], `${path} output`, mask);
  builder.emit({
    name: "embedding",
    writes: [output.tensor],
    reads: [input.tensor, table, positions],
    numbers: [length, outputDim, inputDim],
  });
  return {
    output,
    backward: ({ dy, sink }) => {
      const gradient = sink.open(table);
      builder.emit({
        name: "embeddingGradient",
        writes: [gradient],
        reads: [dy, input.tensor],
        numbers: [length, outputDim, inputDim, 0, 0, 0, outputDim],
      });
      sink.close(table);
      if (positions !== undefined) {
        const places = sink.open(positions);
        builder.emit({
          name: "positionGradient",
          writes: [places],
          reads: [dy],
          numbers: [length, outputDim, 0, 0, 0, 0, outputDim],
        });
        sink.close(positions);
      }
      return undefined;
    },
  };
}
