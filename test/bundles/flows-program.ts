import { model, window } from "../../src/index.ts";
import { llamaHeader } from "./model-program.ts";

/** Flows by name from the root of the package: a bundle of them has no trace of the lab, which needs Node. */
export async function run(): Promise<unknown> {
  const file = await model.readModelFile(model.bytesSource("m.gguf", llamaHeader()));
  const { totalBytes } = model.llamaCppLedger(model.describeModel(file), { contextTokens: 4096 });
  const { messages } = window.readConversation('[{"role":"user","content":"How deep may it lie?"}]');
  return { totalBytes, messages };
}
