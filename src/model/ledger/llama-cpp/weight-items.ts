import { findLlamaCppFamily } from "../../description/families/find-family.ts";
import type { ModelDescription, TensorDescription } from "../../description/model-description.ts";
import type { ByteItem } from "../byte-ledger.ts";
import { weightGroups } from "../traffic/weight-groups.ts";
import { roundUp } from "./context.ts";
import { engineName } from "./engine-name.ts";
import type { EngineRun } from "./engine-run.ts";
import { deviceOfTensor, host } from "./placement.ts";
import { isRepacked, takesRepacking } from "./repacking.ts";

/**
 * Alignment of a tensor in bytes. CUDA pads a quantized tensor to rows of 512 elements; half a row of the widest type
 * is counted.
 */
const tensorAlignment = { host: 32, accelerator: 128 };

/**
 * Finds the name of the tensor that the host holds twice without a mapped file. CodeShell's files may have only an output
 * matrix.
 */
function findCopiedTensor(description: ModelDescription): string | undefined {
  if (
    description.tiedEmbeddings === true &&
    findLlamaCppFamily(description.architecture)?.outputFirst === true
  )
    return "token_embd.weight";
  const lone = description.tensors.every(({ name }) => name !== "token_embd.weight");
  return lone && description.architecture === "codeshell" ? "output.weight" : undefined;
}

/** Tensors in one place. */
interface Row {
  bytes: number;
  tensors: number;
}

/** Tensors by place: a device, or "repacked" for those that the CPU reads in an interleaved layout. */
type Rows = Map<string, Row>;
const repackedPlace = "repacked";

function put(rows: Rows, place: string, tensor: TensorDescription): void {
  const row = rows.get(place) ?? { bytes: 0, tensors: 0 };
  const onHost = place === host || place === repackedPlace;
  row.bytes += roundUp(tensor.bytes, onHost ? tensorAlignment.host : tensorAlignment.accelerator);
  row.tensors++;
  rows.set(place, row);
}

/** Adds up the tensors by place. */
function rowsOf({ description, options, placement }: EngineRun): Rows {
  const copied = findCopiedTensor(description);
  const isSingle = findLlamaCppFamily(description.architecture)?.singleEmbedding === true;
  const shares = description.tiedEmbeddings === true && !isSingle;
  const rows: Rows = new Map();
  for (const tensor of description.tensors) {
    const device = deviceOfTensor(tensor, placement, options.overrides);
    const repacks = device === host && options.repack && isRepacked(tensor);
    put(rows, repacks ? repackedPlace : device, tensor);
    if (options.held && tensor.name === copied && placement.output === host) put(rows, device, tensor);
    if (tensor.name !== "token_embd.weight" || !shares || device !== host) continue;
    // A tied embedding is looked up on the host and multiplied on the output layer's device: two copies
    if (placement.output !== host) put(rows, placement.output, tensor);
    else if (options.repack && takesRepacking(tensor) && tensor.name !== copied)
      put(rows, repackedPlace, tensor);
  }
  return rows;
}

type Common = Pick<ByteItem, "kind" | "phase" | "formula" | "engine">;
/** What all items of weights have in common. */
const common: Common = {
  kind: "weights",
  phase: "load",
  formula: "sum over tensors of elements / block x block bytes",
  engine: engineName,
};

/** Returns the interleaved copy of the weights and, unless the weights are held, the pages of the file that it was made from. */
function itemsOfRepacked({ bytes, tensors }: Row, held: boolean): readonly ByteItem[] {
  const inputs = { tensors };
  const repacked: ByteItem = {
    ...common,
    label: "weights repacked for the CPU",
    device: host,
    bytes,
    inputs,
    confidence: "derived",
    note: "held in addition to the file on processors with AVX2; --no-repack uses the file's pages instead",
  };
  const pages: ByteItem = {
    ...common,
    label: "pages of the file behind repacked weights",
    device: host,
    bytes,
    inputs,
    confidence: "derived",
    mapped: true,
    note: "read once at the start; the system drops them when it needs the memory",
  };
  return held ? [repacked] : [repacked, pages];
}

/** Returns the weights by device: each tensor as stored, rounded up to the alignment of its buffer. */
export function weightItems(run: EngineRun): readonly ByteItem[] {
  const { description, options } = run;
  if (description.tensors.length === 0) return [unknownWeights(description)];
  const rows = rowsOf(run);
  const repacked = rows.get(repackedPlace);
  rows.delete(repackedPlace);
  const items = [...rows]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([device, { bytes, tensors }]): ByteItem => ({
      ...common,
      label: device === host ? "weights on the host" : "weights",
      device,
      bytes,
      inputs: { tensors, type: description.weightType ?? "unknown" },
      confidence: device === host ? "exact" : "derived",
      ...(device === host && !options.held
        ? { note: "pages of the file: the system may drop them, and the next token then waits for the disk" }
        : {}),
    }));
  return repacked === undefined ? items : [...items, ...itemsOfRepacked(repacked, options.held)];
}

/** Counts the parameters without the vision tower, which is a separate file here. */
function textParameters({ parameters, groups }: ModelDescription): number | undefined {
  return parameters === undefined ? undefined : parameters - (groups?.vision ?? 0);
}

/** Returns the weights of a file that lists no tensors. */
function unknownWeights(description: ModelDescription): ByteItem {
  const all = description.weightBytes;
  // A vision tower is a separate file here (--mmproj)
  const visionBytes =
    description.groups?.vision === undefined ? 0 : (weightGroups(description)?.nonText.bytes ?? 0);
  return {
    kind: "weights",
    label: "weights",
    device: host,
    phase: "load",
    bytes: all === undefined ? undefined : all - visionBytes,
    formula: "parameters x bytes of their type",
    inputs: {
      parameters: textParameters(description) ?? "unknown",
      type: description.weightType ?? "unknown",
    },
    engine: engineName,
    confidence: description.weightBytes === undefined ? "unknown" : "derived",
    note: `the file lists no tensors, so placement by device is unknown${visionBytes === 0 ? "" : "; the vision tower is a separate file and not counted here"}`,
  };
}
