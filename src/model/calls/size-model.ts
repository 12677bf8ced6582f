import type { ModelSize } from "./model-size.ts";
import { readModel } from "./read-model.ts";
import type { ModelLocation } from "./read-model.ts";
import { sizeNetwork } from "./size-network.ts";
import { checkSizeOptions, chooseDevice, chooseEngine } from "./size-options.ts";
import type { SizeModelOptions } from "./size-options.ts";
import { sizeWithLlamaCpp, sizeWithVllm } from "./size-serving.ts";
import { sizeTraining } from "./size-training.ts";

/**
 * Counts every byte a model will hold, from its header alone. Returns plain data that survives JSON.
 *
 * `location` is a path, a folder, an http(s) URL, `hf:owner/name[@revision][:file]`, or a source such as `blobSource(name, file)`.
 * The default engine follows from the file's format. Options set `fetch`, the hub's token and a signal to cancel, as for
 * `openModel`.
 *
 * ```ts
 * const size = await sizeModel("hf:Qwen/Qwen3-8B", { device: "h100", contextTokens: 32_768 });
 * console.log(size.ledger.totalBytes, size.ledger.atLeast);
 *
 * const step = await sizeModel("./llama", { train: true, training: { batch: 4, sequence: 2048 } });
 * ```
 *
 * Errors: `invalid-option` for options that the engine cannot use, and those of `openModel` and `readModelFile`.
 */
export async function sizeModel(location: ModelLocation, options: SizeModelOptions = {}): Promise<ModelSize> {
  checkSizeOptions(options);
  const device = chooseDevice(options.device);
  const file = await readModel(location, options);
  const engine = chooseEngine(file.format, options);
  if (engine === "tensorflow.js") return sizeNetwork(file, options, device);
  if (engine === "pytorch") return sizeTraining(file, options, device);
  if (engine === "vllm") return sizeWithVllm(file, options, device);
  return await sizeWithLlamaCpp(file, options, device);
}
