import { defaultsAToH } from "./class-defaults-a-to-h.ts";
import { defaultsIToZ } from "./class-defaults-i-to-z.ts";

/** What a class of transformers fills in: values, other names of settings, and the classes of its parts. */
export interface ClassDefaults {
  readonly values: Readonly<Record<string, unknown>>;
  readonly names: Readonly<Record<string, string>>;
  readonly parts: Readonly<Record<string, string>>;
}

/** `setting=value`, `other>own` or `part:class`, none of which has a space in it. */
function readLine(line: string): ClassDefaults {
  const values: Record<string, unknown> = {};
  const names: Record<string, string> = {};
  const parts: Record<string, string> = {};
  for (const [, key = "", sign, text = ""] of line.matchAll(/(?<key>\w+)(?<sign>[=>:])(?<text>\S+)/gu)) {
    if (sign === "=") values[key] = JSON.parse(text);
    else if (sign === ">") names[key] = text;
    else parts[key] = text;
  }
  return { values, names, parts };
}

/** Split once: a config.json asks for one or two of some hundred classes. */
const lines = new Map(
  [...defaultsAToH, ...defaultsIToZ].map((line): readonly [string, string] => {
    const end = line.indexOf(" ");
    return end === -1 ? [line, ""] : [line.slice(0, end), line.slice(end + 1)];
  }),
);
const read = new Map<string, ClassDefaults>();

/** The defaults of a `model_type`, or undefined where transformers has no such class. */
export function classDefaults(modelType: string): ClassDefaults | undefined {
  const line = lines.get(modelType);
  if (line === undefined) return undefined;
  const found = read.get(modelType) ?? readLine(line);
  read.set(modelType, found);
  return found;
}
