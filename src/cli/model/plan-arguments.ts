import type { ArgumentTable } from "../command/define-command.ts";
import { workloads } from "../../model/index.ts";
import type { PlanEngine, PlanModelOptions, Workload, WorkloadChoice } from "../../model/index.ts";
import { LoadlineError } from "../../shared/errors.ts";
import { readByteCount, readContext, readFraction, readSwitch, readWhole } from "../read-numbers.ts";
import { openOptions } from "./open-options.ts";
import { optional, text, textOf } from "./size-arguments.ts";
import type { Given } from "./size-arguments.ts";
import { currentTraining, requireTrain, trainingNames } from "./training-flags.ts";

const current = "Settings in use now";

/** Options of `loadline plan`, in addition to those of every command about a model. */
export const planArguments: ArgumentTable = {
  memory: text(
    "bytes that each device may hold, such as 24GiB (default: the device's; three quarters of shared memory)",
    "BYTES",
  ),
  workload: text(`${workloads.map((each) => each.name).join(", ")} (default: chat)`, "NAME"),
  input: text("input tokens per request, instead of the workload's", "TOKENS"),
  output: text("output tokens per request", "TOKENS"),
  sequences: text("concurrent requests", "N", { aliases: ["-np", "--parallel"] }),
  gpus: text("devices, all of one kind (default: 1; 0: the host only)", "N"),
  host: text("bytes that the host may hold in addition (default: not limited)", "BYTES"),
  utilization: text("vLLM: share of the memory that it may use (default: 0.92)", "SHARE", {
    aliases: ["--gpu-memory-utilization"],
  }),
  batch: text("training: sequences per step, over all devices", "N"),
  "kv-type": text("KV cache type", "TYPE", { group: current, aliases: ["--kv-cache-dtype"] }),
  ubatch: text("tokens per micro-batch", "N", { group: current, aliases: ["-ub", "--ubatch-size"] }),
  "flash-attention": text("on or off (default: on)", "SWITCH", {
    group: current,
    aliases: ["-fa", "--flash-attn"],
  }),
  plans: text("how many plans to print (default: 5)", "N"),
  show: text("which plan's ledger and settings to print (default: 1)", "N"),
};

function readEngine(given: Given): PlanEngine | undefined {
  const name = textOf(given, "engine")?.toLowerCase();
  if (given["train"] === true && (name === undefined || name === "pytorch")) return "pytorch";
  if (name === undefined || name === "llama.cpp" || name === "vllm" || name === "pytorch") return name;
  throw new LoadlineError(
    "invalid-option",
    `--engine: got ${JSON.stringify(name.slice(0, 40))}, allowed: llama.cpp, vllm, pytorch (the same as --train)`,
    { details: { option: "--engine" } },
  );
}

/** Returns the sequences of a step and their tokens; a training step has no answers. */
function trainingWorkload(given: Given, base: Workload): WorkloadChoice {
  const whole = (option: string, text: string | undefined): number => readWhole(option, text, 1);
  return {
    inputTokens: base.inputTokens + base.outputTokens,
    outputTokens: 0,
    sequences: base.sequences,
    ...optional(given, "sequence", "inputTokens", readContext),
    ...optional(given, "sequences", "sequences", whole),
    ...optional(given, "batch", "sequences", whole),
  };
}

/** Reads the workload: by name, with given numbers in place of its own. */
function readWorkload(given: Given): WorkloadChoice {
  const trains = readEngine(given) === "pytorch";
  const name = textOf(given, "workload") ?? (trains ? "fine-tuning" : "chat");
  const base = workloads.find((each) => each.name === name.toLowerCase());
  const own = ["input", "output", "sequences", "batch", "sequence"].some(
    (option) => textOf(given, option) !== undefined,
  );
  if (base === undefined || !own) return name;
  if (trains) return trainingWorkload(given, base);
  return {
    inputTokens: base.inputTokens,
    outputTokens: base.outputTokens,
    sequences: base.sequences,
    ...optional(given, "input", "inputTokens", readContext),
    ...optional(given, "output", "outputTokens", readContext),
    ...optional(given, "sequences", "sequences", (option, text) => readWhole(option, text, 1)),
  };
}

/** A smaller memory is probably a number without its unit. */
const minMemoryBytes = 2 ** 26;

function readMemory(name: string, text: string | undefined): number {
  const bytes = readByteCount(name, text);
  if (bytes >= minMemoryBytes) return bytes;
  throw new LoadlineError(
    "invalid-option",
    `--${name}: got ${JSON.stringify(text)}, which is ${bytes} bytes; allowed: 64MiB and more, with its unit, such as 24GiB`,
    { details: { option: `--${name}` } },
  );
}

/** Reads the workload and the budget of `loadline plan`. */
export function readPlanOptions(given: Given): PlanModelOptions {
  const engine = readEngine(given);
  if (engine !== "pytorch") requireTrain(given, trainingNames);
  const whole = (option: string, text: string | undefined): number => readWhole(option, text, 1);
  return {
    ...openOptions(given),
    ...(engine === undefined ? {} : { engine }),
    ...optional(given, "device", "device", (_, text) => text ?? ""),
    ...optional(given, "memory", "budgetBytes", readMemory),
    ...optional(given, "gpus", "devices", (option, text) => readWhole(option, text, 0)),
    ...optional(given, "host", "hostBytes", readByteCount),
    ...optional(given, "utilization", "utilization", (option, text) => readFraction(option, text, 0.01, 1)),
    ...(engine === "pytorch" ? { training: currentTraining(given) } : {}),
    workload: readWorkload(given),
    current: {
      ...optional(given, "kv-type", "keyType", (_, text) => text ?? "f16"),
      ...optional(given, "kv-type", "valueType", (_, text) => text ?? "f16"),
      ...optional(given, "ubatch", "ubatch", whole),
      ...optional(given, "flash-attention", "flashAttention", readSwitch),
    },
  };
}
