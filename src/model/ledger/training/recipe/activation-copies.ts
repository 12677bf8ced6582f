import { ownValue } from "../../../../shared/own-value.ts";
import type { ModelDescription } from "../../../description/model-description.ts";

/**
 * Tensors of the feed-forward's width that an activation function keeps in addition to its result (transformers,
 * `activations.py`).
 */
const copies: Readonly<Record<string, number>> = {
  silu: 1,
  swish: 1,
  gelu: 1,
  gelu_pytorch_tanh: 1,
  mish: 1,
  relu2: 1,
  relu6: 1,
  leaky_relu: 1,
  laplace: 1,
  quick_gelu: 2,
  gelu_10: 2,
  gelu_python: 3,
  // Computed in parts: powers, tanh and their products
  gelu_new: 4,
  gelu_fast: 7,
  // These keep only their result, which the next operation keeps too
  relu: 0,
  tanh: 0,
  sigmoid: 0,
  linear: 0,
};

/**
 * Returns how many tensors the activation keeps; undefined for functions that were not compared. `usual` is the family's
 * function where config.json names none.
 */
export function activationCopies(
  usual: string | undefined,
  description: ModelDescription,
): number | undefined {
  const { settings } = description;
  // Gemma uses `hidden_activation`, whatever `hidden_act` says
  const name =
    settings["hidden_activation"] ??
    settings["hidden_act"] ??
    settings["activation_function"] ??
    settings["activation"] ??
    usual ??
    "silu";
  return typeof name === "string" ? ownValue(copies, name) : undefined;
}
