import type { ConfigFamily } from "./config-family.ts";

const stacks = (gguf: string): ConfigFamily => ({ gguf, tied: true, countable: false, twoStacks: true });

/** Models of an encoder and a decoder, by `model_type`; their parts are in config-two-stacks.ts. */
export const twoStackFamilies: Readonly<Record<string, ConfigFamily>> = {
  t5: stacks("t5"),
  mt5: stacks("t5"),
  umt5: stacks("t5"),
  bart: stacks("bart"),
  mbart: stacks("bart"),
  m2m_100: stacks("m2m_100"),
  marian: stacks("marian"),
  pegasus: stacks("pegasus"),
  blenderbot: stacks("blenderbot"),
  whisper: stacks("whisper"),
};
