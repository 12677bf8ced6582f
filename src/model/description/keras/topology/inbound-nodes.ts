import { isJsonObject } from "../../../../shared/json/json-object.ts";
import type { JsonObject } from "../../../../shared/json/json-object.ts";
import { layerFault } from "../layers/layer-config.ts";

/** An output of a layer's call as files name it. */
export interface NodeReference {
  readonly layer: string;
  /** Which of the layer's calls. */
  readonly node: number;
  readonly output: number;
  /** The shape that Keras 3 notes for it, as the file has it. */
  readonly shape?: unknown;
}

/** Most tensors that one call reads: the widest concatenations published have some hundred. */
const maxInputs = 10_000;

/** How deep references lie in the arguments of Keras 3: lists within lists. */
const maxNesting = 8;

function isIndex(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 1e6;
}

/** ["conv1", 0, 0], at times with the call's arguments behind it. */
function asReference(value: unknown): NodeReference | undefined {
  if (!Array.isArray(value)) return undefined;
  const [layer, node = 0, output = 0] = value as readonly unknown[];
  return typeof layer === "string" && isIndex(node) && isIndex(output) ? { layer, node, output } : undefined;
}

/** Arguments by name in the order in which layers of attention have them; masks are no inputs. */
function ordered(words: JsonObject): readonly unknown[] {
  const first = ["query", "value", "key"];
  const rest = Object.keys(words).filter((name) => !first.includes(name) && !/(?:^|_)mask$/u.test(name));
  return [...first, ...rest].map((name) => words[name]);
}

function collect(value: unknown, found: NodeReference[], depth: number): void {
  if (depth > maxNesting || found.length > maxInputs || typeof value !== "object" || value === null) return;
  const reference = asReference(value);
  if (reference !== undefined) {
    found.push(reference);
    // arguments of the call stand behind: other tensors may be among them
    const words: unknown = (value as readonly unknown[])[3];
    if (isJsonObject(words)) for (const word of ordered(words)) collect(word, found, depth + 1);
    return;
  }
  if (Array.isArray(value)) {
    for (const item of value as readonly unknown[]) collect(item, found, depth + 1);
    return;
  }
  if (!isJsonObject(value)) return;
  const history: unknown = isJsonObject(value["config"]) ? value["config"]["keras_history"] : undefined;
  if (history !== undefined) {
    const tensor = asReference(history);
    const shape: unknown = isJsonObject(value["config"]) ? value["config"]["shape"] : undefined;
    if (tensor !== undefined) found.push({ ...tensor, shape });
    return;
  }
  if ("args" in value || "kwargs" in value) {
    collect(value["args"], found, depth + 1);
    const words = value["kwargs"];
    if (isJsonObject(words)) for (const word of ordered(words)) collect(word, found, depth + 1);
  }
}

/** What each call of a layer reads, in the spelling of Keras 1 and 2 or of Keras 3. Throws `invalid-data`. */
export function inboundNodes(
  file: string,
  layer: string,
  given: unknown,
): readonly (readonly NodeReference[])[] {
  if (given === undefined || given === null) return [];
  if (!Array.isArray(given)) throw layerFault(file, layer, "its inbound_nodes are no list");
  // Keras 2 writes a single call of a single input without the inner list at times: ["a", 0, 0, {}]
  const nodes: readonly unknown[] =
    asReference(given) === undefined ? (given as readonly unknown[]) : [[given]];
  return nodes.map((node) => {
    const found: NodeReference[] = [];
    collect(node, found, 0);
    if (found.length === 0) throw layerFault(file, layer, "a call of its inbound_nodes names no input");
    if (found.length > maxInputs)
      throw layerFault(file, layer, `a call reads more than ${maxInputs} tensors`);
    return found;
  });
}

/** References that stand for the whole network: input_layers, output_layers. */
export function networkReferences(
  file: string,
  network: string,
  name: string,
  given: unknown,
): readonly NodeReference[] {
  const found: NodeReference[] = [];
  if (isJsonObject(given)) collect(Object.values(given), found, 0);
  else collect(given, found, 0);
  if (found.length === 0 || found.length > maxInputs)
    throw layerFault(file, network, `${name}: allowed: 1 to ${maxInputs} references to layers`);
  return found;
}
