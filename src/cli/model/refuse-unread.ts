import type { ModelEngine } from "../../model/index.ts";
import { LoadlineError } from "../../shared/errors.ts";
import { servingArguments, vllmArguments } from "./size-arguments.ts";
import type { Given } from "./size-arguments.ts";
import { trainingFlags } from "./training-flags.ts";

/** Settings that vLLM has in common with llama.cpp. */
const shared = ["context", "sequences", "kv-type"];

const readBy: Readonly<Record<ModelEngine, ReadonlySet<string>>> = {
  "llama.cpp": new Set(Object.keys(servingArguments)),
  vllm: new Set([...shared, ...Object.keys(vllmArguments)]),
  pytorch: new Set(["batch", ...Object.keys(trainingFlags)]),
  "tensorflow.js": new Set(["train", "batch", "sequence", "optimizer"]),
};

/** Returns what to do to have an option read. */
function describeCure(name: string, engine: ModelEngine): string {
  const others = (["llama.cpp", "vllm"] as const).filter((other) => readBy[other].has(name));
  if (others.length === 0) return `--${name} requires --train (engine: ${engine})`;
  return `--${name} is only supported by ${others.join(" and ")} (engine: ${engine}). Leave it out, or choose an --engine that reads it`;
}

/** Refuses a setting that the engine does not read: the ledger would be the same without it. Errors: `invalid-option`. */
export function refuseUnread(given: Given, engine: ModelEngine): void {
  const settings = Object.keys({ ...servingArguments, ...vllmArguments, ...trainingFlags });
  const name = settings.find(
    (each) => given[each] !== undefined && given[each] !== false && !readBy[engine].has(each),
  );
  if (name === undefined) return;
  throw new LoadlineError("invalid-option", describeCure(name, engine), {
    details: { option: `--${name}` },
  });
}
