import type { ModelDescription, TensorDescription } from "../../description/model-description.ts";
import type { ByteItem } from "../byte-ledger.ts";
import { weightGroups } from "../traffic/weight-groups.ts";
import { roundUp } from "./context.ts";
import { engineName } from "./engine-name.ts";
import type { EngineRun } from "./engine-run.ts";
import { deviceOfTensor, host } from "./placement.ts";
import { isRepacked, takesRepacking } from "./repacking.ts";

/** CUDA pads the end of a quantized tensor to rows of 512 elements; half a row of the widest type is counted for each. */
const tensorAlignment = { host: 32, accelerator: 128 };

/** Families that make the output's tensor before the embedding's: without a mapped file the host then holds both. */
const outputFirst: ReadonlySet<string> = new Set(["gemma3n", "gemma4"]);

/** The tensor that the host holds twice where it is no page of a file; CodeShell's files may have an output matrix alone. */
function findCopiedTensor(description: ModelDescription): string | undefined {
  if (description.tiedEmbeddings === true && outputFirst.has(description.architecture))
    return "token_embd.weight";
  const lone = description.tensors.every(({ name }) => name !== "token_embd.weight");
  return lone && description.architecture === "codeshell" ? "output.weight" : undefined;
}

/** Families that multiply by nothing at the end, or by the embedding's own tensor (BitNet): no second one is made of it. */
const singleEmbedding: ReadonlySet<string> = new Set([
  "bert",
  "nomic-bert",
  "nomic-bert-moe",
  "jina-bert-v2",
  "jina-bert-v3",
  "modern-bert",
  "neo-bert",
  "eurobert",
  "bitnet",
]);

interface Row {
  bytes: number;
  tensors: number;
}

/** Bytes by place: "repacked" for what the processor's products read in an order of their own, else a device. */
type Rows = Map<string, Row>;
const repackedPlace = "repacked";

function put(rows: Rows, place: string, tensor: TensorDescription): void {
  const row = rows.get(place) ?? { bytes: 0, tensors: 0 };
  const onHost = place === host || place === repackedPlace;
  row.bytes += roundUp(tensor.bytes, onHost ? tensorAlignment.host : tensorAlignment.accelerator);
  row.tensors += 1;
  rows.set(place, row);
}

function rowsOf({ description, options, placement }: EngineRun): Rows {
  const copied = findCopiedTensor(description);
  const shares = description.tiedEmbeddings === true && !singleEmbedding.has(description.architecture);
  const rows: Rows = new Map();
  for (const tensor of description.tensors) {
    const device = deviceOfTensor(tensor, placement, options.overrides);
    const repacks = device === host && options.repack && isRepacked(tensor);
    put(rows, repacks ? repackedPlace : device, tensor);
    if (options.held && tensor.name === copied && placement.output === host) put(rows, device, tensor);
    if (tensor.name !== "token_embd.weight" || !shares || device !== host) continue;
    // a shared embedding is looked up on the host and multiplied where the output layer lies: two copies
    if (placement.output !== host) put(rows, placement.output, tensor);
    else if (options.repack && takesRepacking(tensor) && tensor.name !== copied)
      put(rows, repackedPlace, tensor);
  }
  return rows;
}

type Common = Pick<ByteItem, "kind" | "phase" | "formula" | "engine">;
const common: Common = {
  kind: "weights",
  phase: "load",
  formula: "sum over tensors of elements / block x block bytes",
  engine: engineName,
};

function itemsOfRepacked({ bytes, tensors }: Row, held: boolean): readonly ByteItem[] {
  const inputs = { tensors };
  const anew: ByteItem = {
    ...common,
    label: "weights laid out anew for the processor",
    device: host,
    bytes,
    inputs,
    confidence: "derived",
    note: "held beside the file, as processors with AVX2 do with these types; --no-repack reads the file's pages instead",
  };
  const pages: ByteItem = {
    ...common,
    label: "pages of the file behind them",
    device: host,
    bytes,
    inputs,
    confidence: "derived",
    mapped: true,
    note: "read once at the start; the system drops them when it needs the room",
  };
  return held ? [anew] : [anew, pages];
}

/** Weights by device: each tensor as stored, rounded up to its buffer's alignment. */
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
      label: device === host ? "weights the host computes with" : "weights",
      device,
      bytes,
      inputs: { tensors, type: description.weightType ?? "unknown" },
      confidence: device === host ? "exact" : "derived",
      ...(device === host && !options.held
        ? { note: "pages of the file: they can be dropped, and the next token then waits for the disk" }
        : {}),
    }));
  return repacked === undefined ? items : [...items, ...itemsOfRepacked(repacked, options.held)];
}

function textParameters({ parameters, groups }: ModelDescription): number | undefined {
  return parameters === undefined ? undefined : parameters - (groups?.vision ?? 0);
}

function unknownWeights(description: ModelDescription): ByteItem {
  const all = description.weightBytes;
  // a tower for pictures is a file of its own here (--mmproj)
  const beside =
    description.groups?.vision === undefined ? 0 : (weightGroups(description)?.nonText.bytes ?? 0);
  return {
    kind: "weights",
    label: "weights",
    device: host,
    phase: "load",
    bytes: all === undefined ? undefined : all - beside,
    formula: "parameters x bytes of their type",
    inputs: {
      parameters: textParameters(description) ?? "unknown",
      type: description.weightType ?? "unknown",
    },
    engine: engineName,
    confidence: description.weightBytes === undefined ? "unknown" : "derived",
    note: `the file lists no tensors: placement by device is not known${beside === 0 ? "" : "; what is for pictures alone is another file, and not counted here"}`,
  };
}
