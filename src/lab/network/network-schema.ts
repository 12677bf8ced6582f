import { z } from "zod";
import { LoadlineError } from "../../shared/errors.ts";
import type { Layer, Network } from "./layer.ts";
import { inferShapes } from "./shapes.ts";

/** Wider layers do not fit a 4 GiB arena; the limit also keeps products of two sizes exact. */
const maxSize = 1 << 24;
/** No real network nests deeper; much deeper nesting would overflow the stack. */
const maxDepth = 16;
/** Far more layers than any network that trains on one machine. */
const maxLayers = 2000;

const size = z.number().int().min(1).max(maxSize);
const activation = z.enum(["linear", "relu", "sigmoid", "tanh", "gelu", "softmax"]);
const kernelSide = z.number().int().min(1).max(255);

function layerSchema(depth: number): z.ZodType<Layer> {
  const plain = [
    z.strictObject({ type: z.literal("flatten") }),
    z.strictObject({
      type: z.literal("dense"),
      units: size,
      activation: activation.optional(),
      useBias: z.boolean().optional(),
    }),
    z.strictObject({
      type: z.literal("conv2d"),
      filters: size,
      kernelSize: z.union([kernelSide, z.tuple([kernelSide, kernelSide])]),
      strides: kernelSide.optional(),
      padding: z.enum(["valid", "same"]).optional(),
      activation: activation.optional(),
      useBias: z.boolean().optional(),
    }),
    z.strictObject({
      type: z.literal("maxPooling2d"),
      poolSize: kernelSide.optional(),
      strides: kernelSide.optional(),
    }),
    z.strictObject({ type: z.literal("globalAveragePooling") }),
    z.strictObject({
      type: z.literal("embedding"),
      inputDim: size,
      outputDim: size,
      positions: z.boolean().optional(),
      maskZero: z.boolean().optional(),
    }),
    z.strictObject({
      type: z.literal("layerNormalization"),
      epsilon: z.number().positive().max(1).optional(),
    }),
    z.strictObject({ type: z.literal("multiHeadAttention"), numHeads: size, causal: z.boolean().optional() }),
    z.strictObject({ type: z.literal("dropout"), rate: z.number().min(0).lt(1) }),
    z.strictObject({ type: z.enum(["relu", "sigmoid", "tanh", "gelu", "softmax"]) }),
  ] as const;
  if (depth >= maxDepth) return z.discriminatedUnion("type", plain);
  const residual = z.strictObject({
    type: z.literal("residual"),
    layers: z
      .array(z.lazy(() => layerSchema(depth + 1)))
      .min(1)
      .max(maxLayers),
  });
  return z.discriminatedUnion("type", [...plain, residual]);
}

const networkSchema: z.ZodType<Network> = z.strictObject({
  input: z.strictObject({
    shape: z.array(size).min(1).max(3),
    type: z.enum(["float32", "int32"]).optional(),
  }),
  layers: z.array(layerSchema(0)).min(1).max(maxLayers),
});

function describeIssue(error: z.ZodError): string {
  const issue = error.issues[0];
  if (issue === undefined) return "is not a network";
  const place = issue.path.length === 0 ? "" : `${issue.path.map(String).join(".")}: `;
  return `${place}${issue.message}`;
}

/**
 * Checks plain data, such as parsed JSON, and returns it as a network. `name` (default `network`) begins the error's message.
 * Errors: `invalid-option` with the path of the first fault.
 */
export function checkNetwork(value: unknown, name = "network"): Network {
  const parsed = networkSchema.safeParse(value);
  if (!parsed.success) {
    throw new LoadlineError("invalid-option", `${name}: ${describeIssue(parsed.error)}`);
  }
  inferShapes(parsed.data);
  return parsed.data;
}

/**
 * Reads a network from JSON text; `name`, such as the file's, begins the error's message.
 * Errors: `invalid-json`, `invalid-option`.
 */
export function parseNetwork(text: string, name = "network"): Network {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : "not JSON";
    throw new LoadlineError("invalid-json", `${name}: ${reason}`, { cause });
  }
  return checkNetwork(value, name);
}

/** Returns whether a text is JSON in the form of a network, right or wrong: an object with `input` and a list of `layers`. */
export function holdsNetwork(text: string): boolean {
  if (!text.trimStart().startsWith("{")) return false;
  try {
    const value: unknown = JSON.parse(text);
    return (
      typeof value === "object" &&
      value !== null &&
      "input" in value &&
      "layers" in value &&
      Array.isArray(value.layers)
    );
  } catch {
    return false;
  }
}
