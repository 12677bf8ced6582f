import type { LayerRecipe } from "../../../description/families/training-recipe.ts";

/** What the layers of a model keep for the backward pass: its family's recipe with what its config.json says. */
export interface BlockRecipe extends LayerRecipe {
  /** By config.json's `model_type`. */
  readonly family: string;
  /** Tensors that the activation function keeps in addition to its result (`activationCopies`). */
  readonly activationCopies: number;
  readonly attentionDropout: boolean;
  readonly residualDropout: boolean;
  readonly embeddingDropout: boolean;
  readonly groups: number;
  readonly usedGroups: number;
  /** False for a family that was not compared: its layers are counted as Llama's. */
  readonly known: boolean;
}
