import { isLoadlineError, LoadlineError } from "../../../shared/errors.ts";
import type { ByteSource } from "../source/byte-source.ts";
import { chooseFile, findFile } from "./choose-file.ts";
import { checkHttpOptions } from "../source/http-options.ts";
import type { HttpOptions } from "../source/http-options.ts";
import { requireAddress } from "../source/http-request.ts";
import { openUrl } from "../source/http-source.ts";
import { parseHubName } from "./hub-name.ts";
import { authorizeHub, hubAddress, requireToken } from "./hub-token.ts";
import { readJsonFile } from "../header/json-file.ts";
import { isJsonObject } from "../../../shared/json/json-object.ts";
import type { JsonObject } from "../../../shared/json/json-object.ts";

/** How requests to the hub are made. */
export interface HubOptions extends HttpOptions {
  /** Address of the hub. Default Hugging Face's. */
  readonly baseUrl?: string | undefined;
  /** Access token, sent only to the hub. */
  readonly token?: string | undefined;
}

/** Reads the names of a model's files and their commit from the hub's response. */
function filesOf(
  folder: string,
  response: JsonObject,
): { readonly names: readonly string[]; readonly commit: string | undefined } {
  const { siblings, sha } = response;
  if (!Array.isArray(siblings))
    throw new LoadlineError("invalid-data", `${folder}: the hub's response lists no files (siblings)`);
  const names = (siblings as readonly unknown[])
    .map((entry) => (isJsonObject(entry) ? entry["rfilename"] : undefined))
    .filter((name) => typeof name === "string");
  return { names, commit: typeof sha === "string" && /^[0-9a-f]{40}$/u.test(sha) ? sha : undefined };
}

/** Encodes the segments of a path. Rejects one that leads out of the model's folder. */
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

/** Returns the error of a list that failed. The hub answers 401 for a missing model too, to hide the names of private ones. */
function listFault(folder: string, error: unknown): unknown {
  const status = isLoadlineError(error) ? error.details["status"] : undefined;
  if (status !== 401 && status !== 404) return error;
  return new LoadlineError(
    "not-found",
    `${folder}: the hub has no such public model or revision (status ${status}). Check the name; a private model requires a token`,
    { details: { model: folder, status }, cause: error },
  );
}

/**
 * Opens a model's file on the hub: the named one, the one with a quantization, otherwise the one that `chooseFile` picks. All
 * files are then read at one commit.
 * Errors: `invalid-option` for other names, and with a list if several models qualify; `not-found`; `file-unreadable` with the
 * hub's message.
 */
export async function openHub(model: string, options: HubOptions = {}): Promise<ByteSource> {
  checkHttpOptions(options, ["baseUrl", "token"]);
  const { baseUrl = hubAddress, token, ...rest } = options;
  const http = authorizeHub(rest, requireToken(token));
  const base = requireAddress("baseUrl", baseUrl).href.replace(/\/+$/u, "");
  const name = parseHubName(model);
  const folder = `hf:${name.owner}/${name.model}`;
  const api = `${base}/api/models/${name.owner}/${name.model}`;
  const address = name.revision === undefined ? api : `${api}/revision/${encodeURIComponent(name.revision)}`;
  const list = await openUrl(address, http).catch((error: unknown) => {
    throw listFault(folder, error);
  });
  let response: JsonObject;
  try {
    response = (await readJsonFile(list)).object;
  } finally {
    await list.close?.();
  }
  const { names, commit } = filesOf(folder, response);
  const file = name.file === undefined ? chooseFile(folder, names) : findFile(folder, names, name.file);
  const revision = encodeURIComponent(commit ?? name.revision ?? "main");
  return openUrl(`${base}/${name.owner}/${name.model}/resolve/${revision}/${addressPath(file)}`, http);
}
