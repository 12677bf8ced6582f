import type { FamilyTable } from "./model-family.ts";
import { twoStacks } from "./config-parts.ts";

/** Families of an encoder and a decoder. */
export const twoStackFamilies: FamilyTable = {
  t5: {
    llamaCpp: { compared: true, graph: "t5" },
    config: { t5: twoStacks, mt5: twoStacks, umt5: twoStacks },
  },
  t5encoder: { llamaCpp: { compared: true, ignoresCache: true, graph: "t5-encoder" } },
  bart: { config: { bart: twoStacks, mbart: twoStacks } },
  m2m_100: { config: { m2m_100: twoStacks } },
  marian: { config: { marian: twoStacks } },
  pegasus: { config: { pegasus: twoStacks } },
  blenderbot: { config: { blenderbot: twoStacks } },
  whisper: { config: { whisper: twoStacks } },
};
