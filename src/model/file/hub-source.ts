import { LoadlineError } from "../../shared/errors.ts";
import type { ByteSource } from "./byte-source.ts";
import { chooseFile, findFile } from "./choose-file.ts";
import { checkHttpOptions, type HttpOptions, requireAddress } from "./http-request.ts";
import { openUrl } from "./http-source.ts";
import { isRecord, type JsonObject, readJsonFile } from "./json-header.ts";

/** How the hub is asked. */
export interface HubOptions extends HttpOptions {
  /** Address of the hub; Hugging Face's unless told. */
  readonly baseUrl?: string | undefined;
}

const hubAddress = "https://huggingface.co";

/** A name of an owner or a model, as the hub allows them. */
const wordPattern = "[\\w-](?:[\\w.-]{0,94}[\\w-])?";
const namePattern = new RegExp(
  `^hf:(${wordPattern})/(${wordPattern})(?:@([\\w./-]{1,200}))?(?::(.{1,400}))?$`,
  "su",
);

/** A model of the hub: owner, name, and where told a revision (branch, tag or commit) and a file or quantization. */
interface HubName {
  readonly owner: string;
  readonly model: string;
  readonly revision: string | undefined;
  readonly file: string | undefined;
}

function parseName(text: string): HubName {
  const [, owner, model, revision, file] = namePattern.exec(text) ?? [];
  if (owner === undefined || model === undefined || revision?.includes("..") === true) {
    throw new LoadlineError(
      "invalid-option",
      `model: got ${JSON.stringify(text.slice(0, 200))}, allowed: hf:owner/name[@revision][:file or quantization]`,
      { details: { option: "model" } },
    );
  }
  return { owner, model, revision, file };
}

/** Names of a model's files, and the commit they are of, from the hub's answer. */
function filesOf(
  folder: string,
  answer: JsonObject,
): { readonly names: readonly string[]; readonly commit: string | undefined } {
  const { siblings, sha } = answer;
  if (!Array.isArray(siblings))
    throw new LoadlineError("invalid-data", `${folder}: the hub's answer lists no files (siblings)`);
  const names = (siblings as readonly unknown[])
    .map((entry) => (isRecord(entry) ? entry["rfilename"] : undefined))
    .filter((name) => typeof name === "string");
  return { names, commit: typeof sha === "string" && /^[0-9a-f]{40}$/u.test(sha) ? sha : undefined };
}

/** Each segment of a path as an address has it; a way out of the model's folder is refused. */
function addressPath(path: string): string {
  const segments = path.split("/");
  if (segments.some((segment) => segment === "" || segment === "." || segment === "..")) {
    throw new LoadlineError(
      "invalid-option",
      `file: got ${JSON.stringify(path)}, allowed: a path within the model`,
    );
  }
  return segments.map((segment) => encodeURIComponent(segment)).join("/");
}

/**
 * A model's file on the hub: the one named, the one of a quantization, else the one that `chooseFile` picks from the model's list.
 * All its files are then read at one commit. Throws `invalid-option` for other names and where several models are there (it lists
 * them), `not-found`, `file-unreadable` with what the hub said.
 */
export async function openHub(model: string, options: HubOptions = {}): Promise<ByteSource> {
  checkHttpOptions(options, ["baseUrl"]);
  const { baseUrl = hubAddress, ...http } = options;
  const base = requireAddress("baseUrl", baseUrl).href.replace(/\/+$/u, "");
  const name = parseName(model);
  const folder = `hf:${name.owner}/${name.model}`;
  const api = `${base}/api/models/${name.owner}/${name.model}`;
  const list = await openUrl(
    name.revision === undefined ? api : `${api}/revision/${encodeURIComponent(name.revision)}`,
    http,
  );
  let answer: JsonObject;
  try {
    answer = (await readJsonFile(list)).object;
  } finally {
    await list.close?.();
  }
  const { names, commit } = filesOf(folder, answer);
  const file = name.file === undefined ? chooseFile(folder, names) : findFile(folder, names, name.file);
  const revision = encodeURIComponent(commit ?? name.revision ?? "main");
  return openUrl(`${base}/${name.owner}/${name.model}/resolve/${revision}/${addressPath(file)}`, http);
}
