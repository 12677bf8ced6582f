import type { LayerRecipe } from "../../../description/families/training-recipe.ts";

/** What the layers of a model keep for the backward pass: its family's recipe, and what its config.json says. */
export interface BlockRecipe extends LayerRecipe {
  /** By config.json's `model_type`. */
  readonly family: string;
  /** Tensors that the activation function keeps beside its result: `activationCopies` in this folder. */
  readonly activationCopies: number;
  readonly attentionDropout: boolean;
  readonly residualDropout: boolean;
  readonly embeddingDropout: boolean;
  readonly groups: number;
  readonly usedGroups: number;
  /** False for a family that was not looked at: its layers are taken for Llama's. */
  readonly known: boolean;
}
