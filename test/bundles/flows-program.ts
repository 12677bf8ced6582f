import { model, window } from "../../src/index.ts";
import { writeLlamaHeader } from "./model-program.ts";

/** Uses flows by name from the root of the package. The bundle has no trace of the lab, which needs Node. */
export async function run(): Promise<unknown> {
  const file = await model.readModelFile(model.bytesSource("m.gguf", writeLlamaHeader()));
  const { totalBytes } = model.llamaCppLedger(model.describeModel(file), { contextTokens: 4096 });
  const { messages } = window.readConversation('[{"role":"user","content":"How deep may it lie?"}]');
  return { totalBytes, messages };
}
