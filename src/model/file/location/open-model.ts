import { LoadlineError } from "../../../shared/errors.ts";
import type { ByteSource } from "../source/byte-source.ts";
import type { HttpFetch, HttpOptions } from "../source/http-options.ts";
import { openUrl } from "../source/http-source.ts";
import { openHub } from "./hub-source.ts";
import { isHubName } from "./hub-name.ts";
import { authorizeHub, isHubAddress, requireToken } from "./hub-token.ts";
import { openPath } from "./open-path.ts";

/** How a model behind an address is asked for. */
export interface OpenModelOptions extends Omit<HttpOptions, "fetch"> {
  /** What asks servers; `globalThis.fetch` unless told. */
  readonly fetch?: HttpFetch | undefined;
  /** Address of the hub that `hf:` names are looked up at; Hugging Face's unless told. */
  readonly hubUrl?: string | undefined;
  /**
   * Access token of the hub. It is sent to the hub alone: no other server, and no server that the hub redirects to, may learn
   * it. For another server set `headers`.
   */
  readonly token?: string | undefined;
}

/**
 * The model's file behind a path, a folder, an http(s) URL (by ranges, or as a stream where a server has none) or
 * `hf:owner/name[@revision][:file]`. Only what is asked for is read, never the weights; close it afterwards where it can be
 * closed. Only a path needs Node.js: the rest runs in a browser.
 * Throws `not-found`, `file-unreadable`, and `invalid-option` where several models are there.
 */
export async function openModel(location: string, options: OpenModelOptions = {}): Promise<ByteSource> {
  const { hubUrl, token, fetch = globalThis.fetch as HttpFetch, ...more } = options;
  requireToken(token);
  const http: HttpOptions = { ...more, fetch };
  if (isHubName(location)) return await openHub(location, { ...http, baseUrl: hubUrl, token });
  if (/^https?:\/\//iu.test(location))
    return await openUrl(location, isHubAddress(location, hubUrl) ? authorizeHub(http, token) : http);
  const scheme = /^([a-z][a-z\d+.-]+):\/\//iu.exec(location)?.[1];
  if (scheme !== undefined)
    throw new LoadlineError(
      "invalid-option",
      `model: got an address of ${scheme}:, allowed: a path, http:, https:, hf:owner/name`,
      { details: { option: "model" } },
    );
  return await openPath(location);
}
