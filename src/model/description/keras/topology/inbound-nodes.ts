import { isJsonObject } from "../../../../shared/json/json-object.ts";
import type { JsonObject } from "../../../../shared/json/json-object.ts";
import { layerFault } from "../layers/layer-config.ts";

/** An output of a layer's call, as files refer to it. */
export interface NodeReference {
  readonly layer: string;
  /** Index of the layer's call. */
  readonly node: number;
  readonly output: number;
  /** The shape that Keras 3 notes for it, unchecked. */
  readonly shape?: unknown;
}

/** Tensors that one call reads: the widest published concatenations have some hundred. */
const maxInputs = 10_000;

/** Nesting of references in the arguments of Keras 3: lists of lists. */
const maxNesting = 8;

function isIndex(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 1e6;
}

/** Parses ["conv1", 0, 0], which the call's arguments may follow. */
function parseReference(value: unknown): NodeReference | undefined {
  if (!Array.isArray(value)) return undefined;
  const [layer, node = 0, output = 0] = value as readonly unknown[];
  return typeof layer === "string" && isIndex(node) && isIndex(output) ? { layer, node, output } : undefined;
}

/** Orders named arguments as attention layers do, without masks, which are not inputs. */
function orderArguments(words: JsonObject): readonly unknown[] {
  const first = ["query", "value", "key"];
  const rest = Object.keys(words).filter((name) => !first.includes(name) && !/(?:^|_)mask$/u.test(name));
  return [...first, ...rest].map((name) => words[name]);
}

function collect(value: unknown, found: NodeReference[], depth: number): void {
  if (depth > maxNesting || found.length > maxInputs || typeof value !== "object" || value === null) return;
  const reference = parseReference(value);
  if (reference !== undefined) {
    found.push(reference);
    // The call's arguments follow, and may contain further tensors.
    const words: unknown = (value as readonly unknown[])[3];
    if (isJsonObject(words)) for (const word of orderArguments(words)) collect(word, found, depth + 1);
    return;
  }
  if (Array.isArray(value)) {
    for (const item of value as readonly unknown[]) collect(item, found, depth + 1);
    return;
  }
  if (!isJsonObject(value)) return;
  const history: unknown = isJsonObject(value["config"]) ? value["config"]["keras_history"] : undefined;
  if (history !== undefined) {
    const tensor = parseReference(history);
    const shape: unknown = isJsonObject(value["config"]) ? value["config"]["shape"] : undefined;
    if (tensor !== undefined) found.push({ ...tensor, shape });
    return;
  }
  if ("args" in value || "kwargs" in value) {
    collect(value["args"], found, depth + 1);
    const words = value["kwargs"];
    if (isJsonObject(words)) for (const word of orderArguments(words)) collect(word, found, depth + 1);
  }
}

/** Reads the inputs of each call of a layer, as Keras 1 and 2 or Keras 3 write them. Errors: `invalid-data`. */
export function readInboundNodes(
  file: string,
  layer: string,
  given: unknown,
): readonly (readonly NodeReference[])[] {
  if (given === undefined || given === null) return [];
  if (!Array.isArray(given)) throw layerFault(file, layer, "its inbound_nodes are not a list");
  // Keras 2 sometimes writes a single call of a single input without the inner list: ["a", 0, 0, {}].
  const nodes: readonly unknown[] =
    parseReference(given) === undefined ? (given as readonly unknown[]) : [[given]];
  return nodes.map((node) => {
    const found: NodeReference[] = [];
    collect(node, found, 0);
    if (found.length === 0) throw layerFault(file, layer, "a call in its inbound_nodes names no input");
    if (found.length > maxInputs)
      throw layerFault(
        file,
        layer,
        `a call reads more than ${maxInputs} tensors, allowed: up to ${maxInputs}`,
      );
    return found;
  });
}

/** Reads the references of a network's own inputs or outputs: input_layers, output_layers. Errors: `invalid-data`. */
export function readEnds(
  file: string,
  network: string,
  name: string,
  given: unknown,
): readonly NodeReference[] {
  const found: NodeReference[] = [];
  if (isJsonObject(given)) collect(Object.values(given), found, 0);
  else collect(given, found, 0);
  if (found.length === 0 || found.length > maxInputs)
    throw layerFault(
      file,
      network,
      `${name}: got ${found.length} references to layers, allowed: 1 to ${maxInputs}`,
    );
  return found;
}
