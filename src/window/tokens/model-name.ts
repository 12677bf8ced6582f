/** Whose rules count for a model. `other` is a named model of anyone else. */
export type ModelMaker = "openai" | "anthropic" | "google" | "other";

/** What a model's name states. */
export interface ModelName {
  /** The name without the provider or route before it: `us.anthropic.claude-opus-4-1` becomes `claude-opus-4-1`. */
  readonly name: string;
  readonly maker: ModelMaker;
  /** Version of a Claude or Gemini model, for example 4.1; undefined if the name states none. */
  readonly version: number | undefined;
}

const openai = /^(?:gpt-|chatgpt-|chat-latest|codex-|computer-use|o[1-9](?:$|-)|text-embedding)/;

/**
 * Reads the version in a name: one or two numbers of at most two digits, for example `opus-4-1` or `3.5`. Longer numbers are
 * dates. Returns 4.1 for both `4-1` and `4.1`.
 */
function readVersion(name: string): number | undefined {
  const found = /(?:^|-)(\d{1,2})(?:[.-](\d{1,2}))?(?![\d.])/.exec(name);
  if (found === null) return undefined;
  return Number(`${found[1]}.${found[2] ?? 0}`);
}

/** Reads a model's name; undefined is an unknown model. */
export function readModelName(model: string | undefined): ModelName | undefined {
  const name =
    (model ?? "")
      .split("/")
      .at(-1)
      ?.toLowerCase()
      .replace(/^.*\b(?:anthropic|openai)\./, "") ?? "";
  if (name === "" || name === "unknown") return undefined;
  if (name.includes("claude")) return { name, maker: "anthropic", version: readVersion(name) };
  if (name.startsWith("gemini")) return { name, maker: "google", version: readVersion(name) };
  return { name, maker: openai.test(name) ? "openai" : "other", version: undefined };
}
