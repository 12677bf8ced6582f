import type { ByteLine } from "../byte-ledger.ts";
import type { Spec } from "../../spec/spec.ts";
import { weightGroups } from "../traffic/weight-groups.ts";
import { roundUp } from "./context.ts";
import { engineName } from "./engine-name.ts";
import type { CheckedLlamaCppOptions } from "./options.ts";
import { deviceOfTensor, host, placeLayers } from "./placement.ts";

/** CUDA pads the end of a quantized tensor to rows of 512 elements; half a row of the widest type is counted for each. */
const tensorAlignment = { host: 32, accelerator: 128 };

/** Families that make the output's tensor before the embedding's: without a mapped file the host then holds both. */
const outputFirst: ReadonlySet<string> = new Set(["gemma3n", "gemma4", "minimax-01"]);

/** The tensor that the host holds twice where it is no page of a file; CodeShell's files may have an output matrix alone. */
function copiedTensor(spec: Spec): string | undefined {
  if (spec.tiedEmbeddings === true && outputFirst.has(spec.architecture)) return "token_embd.weight";
  const lone = spec.tensors.every(({ name }) => name !== "token_embd.weight");
  return lone && spec.architecture === "codeshell" ? "output.weight" : undefined;
}

/** Weights by device: each tensor as stored, rounded up to its buffer's alignment. */
export function weightLines(spec: Spec, options: CheckedLlamaCppOptions): readonly ByteLine[] {
  if (spec.tensors.length === 0) return [unknownWeights(spec)];
  const placement = placeLayers(spec, options);
  const bytes = new Map<string, { bytes: number; tensors: number }>();
  const put = (device: string, size: number): void => {
    const row = bytes.get(device) ?? { bytes: 0, tensors: 0 };
    row.bytes += roundUp(size, device === host ? tensorAlignment.host : tensorAlignment.accelerator);
    row.tensors += 1;
    bytes.set(device, row);
  };
  const copied = copiedTensor(spec);
  for (const tensor of spec.tensors) {
    const device = deviceOfTensor(tensor, placement, options.overrides);
    put(device, tensor.bytes);
    if (options.held && tensor.name === copied && placement.output === host) put(device, tensor.bytes);
    // a shared embedding is looked up on the host and multiplied where the output layer lies: two copies
    const shared = tensor.name === "token_embd.weight" && spec.tiedEmbeddings === true;
    if (shared && device === host && placement.output !== host) put(placement.output, tensor.bytes);
  }
  return [...bytes]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([device, row]) => ({
      kind: "weights",
      label: device === host ? "weights the host computes with" : "weights",
      device,
      phase: "load",
      bytes: row.bytes,
      formula: "sum over tensors of elements / block x block bytes",
      inputs: { tensors: row.tensors, type: spec.weightType ?? "unknown" },
      engine: engineName,
      confidence: device === host ? "exact" : "derived",
      ...(device === host && !options.held
        ? { note: "pages of the file: they can be dropped, and the next token then waits for the disk" }
        : {}),
    }));
}

function textParameters({ parameters, groups }: Spec): number | undefined {
  return parameters === undefined ? undefined : parameters - (groups?.beside ?? 0);
}

function unknownWeights(spec: Spec): ByteLine {
  const all = spec.weightBytes;
  // a tower for pictures is a file of its own here (--mmproj)
  const beside = spec.groups?.beside === undefined ? 0 : (weightGroups(spec)?.beside.bytes ?? 0);
  return {
    kind: "weights",
    label: "weights",
    device: host,
    phase: "load",
    bytes: all === undefined ? undefined : all - beside,
    formula: "parameters x bytes of their type",
    inputs: { parameters: textParameters(spec) ?? "unknown", type: spec.weightType ?? "unknown" },
    engine: engineName,
    confidence: spec.weightBytes === undefined ? "unknown" : "derived",
    note: `the file lists no tensors: placement by device is not known${beside === 0 ? "" : "; what is for pictures alone is another file, and not counted here"}`,
  };
}
