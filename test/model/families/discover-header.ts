import type { Engine } from "../engine.ts";
import type { Header, HeaderTensor, HeaderValue } from "../write-gguf.ts";
import { writeGgufHeader } from "../write-gguf.ts";

/** Gives up after this many tries: each finds one more setting, tensor or shape. */
const maxTries = 4000;

/**
 * A shape that no tensor has: an offered tensor is refused by its shape if the family knows it, else it is not
 * counted.
 */
const offeredShape: readonly number[] = [3];

/**
 * Matrices are quantized if their rows allow it. Vectors, convolutions and routers are f32, as converters write them.
 */
function typeOf(name: string, shape: readonly number[]): HeaderTensor["type"] {
  const plain = shape.length === 1 || shape[0] === 1;
  if (plain || /norm|bias|conv|router|ssm_a$|ssm_d$/u.test(name)) return "f32";
  return (shape[0] ?? 1) % 256 === 0 ? "q4_k" : "f16";
}

/** Settings without the architecture's prefix. */
const keysWithoutPrefix = /^(?:general|tokenizer|xielu)\./u;

function numbersIn(text: string): readonly number[] {
  return [...text.matchAll(/\d+/gu)].map(([digits]) => Number(digits));
}

/** Returns the name of the same tensor in all layers. */
function kindOf(name: string): string {
  return name.replaceAll(/\d+/gu, "#");
}

/** What is known so far: tensors by name, and shapes by kind as a first guess for the next layer. */
class Draft {
  readonly tensors = new Map<string, HeaderTensor>();
  private readonly shapes = new Map<string, readonly number[]>();

  header(metadata: Readonly<Record<string, HeaderValue>>): Header {
    return { metadata, tensors: [...this.tensors.values()] };
  }

  put(name: string, shape: readonly number[]): void {
    this.shapes.set(kindOf(name), shape);
    this.tensors.set(name, { name, shape, type: typeOf(name, shape) });
  }

  /** Adds what the engine's fault names. Returns false if it names nothing that can be added. */
  answer(fault: string): boolean {
    const missing = /(?:missing tensor|tensor) '(?<name>[^']+)'(?: not found)?$/u.exec(fault)?.groups?.[
      "name"
    ];
    if (missing !== undefined) {
      this.put(missing, this.shapes.get(kindOf(missing)) ?? [1]);
      return true;
    }
    const wrong = /tensor '(?<name>[^']+)' has wrong shape; expected (?<shape>[ \d,]+), got/u.exec(
      fault,
    )?.groups;
    if (wrong !== undefined) {
      this.put(wrong["name"] ?? "", numbersIn(wrong["shape"] ?? ""));
      return true;
    }
    if (!fault.includes("wrong number of tensors")) return false;
    const unknown = [...this.tensors.values()].filter(({ shape }) => shape === offeredShape);
    for (const { name } of unknown) this.tensors.delete(name);
    return unknown.length > 0;
  }
}

/** Tensors that the engine's faults do not name. */
export interface OptionalTensors {
  /** Names of optional tensors, which stay in the header if the family has them. */
  readonly offered?: readonly string[];
  /** Tensors whose shape the file decides. */
  readonly given?: Readonly<Record<string, readonly number[]>>;
}

/**
 * Discovers a header that the engine loads: settings are given, and the engine's faults name the tensors and their
 * shapes, one at a time.
 * Errors: the engine's own message if settings are missing or wrong.
 */
export async function discoverHeader(
  engine: Engine,
  architecture: string,
  settings: Readonly<Record<string, HeaderValue>>,
  { offered = [], given = {} }: OptionalTensors = {},
): Promise<Header> {
  const own = Object.entries(settings).map(([key, value]) => [
    keysWithoutPrefix.test(key) ? key : `${architecture}.${key}`,
    value,
  ]);
  const metadata: Readonly<Record<string, HeaderValue>> = {
    "general.architecture": architecture,
    "tokenizer.ggml.model": "none",
    ...Object.fromEntries(own),
  };
  const draft = new Draft();
  for (const name of offered) draft.tensors.set(name, { name, shape: offeredShape, type: "f32" });
  for (const [name, shape] of Object.entries(given)) draft.put(name, shape);
  for (let tries = 0; tries < maxTries; tries++) {
    const header = draft.header(metadata);
    const fault = await engine.loadFault(writeGgufHeader(header));
    if (fault === undefined) return header;
    if (!draft.answer(fault)) throw new Error(`${architecture}: ${fault}`);
  }
  throw new Error(`${architecture}: not known after ${maxTries} tries`);
}
