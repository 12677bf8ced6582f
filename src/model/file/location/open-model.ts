import { LoadlineError } from "../../../shared/errors.ts";
import type { ByteSource } from "../source/byte-source.ts";
import type { HttpFetch, HttpOptions } from "../source/http-options.ts";
import { openUrl } from "../source/http-source.ts";
import { openHub } from "./hub-source.ts";
import { isHubName } from "./hub-name.ts";
import { authorizeHub, isHubAddress, requireToken } from "./hub-token.ts";
import { openPath } from "./open-path.ts";

/** How a model is opened. */
export interface OpenModelOptions extends Omit<HttpOptions, "fetch"> {
  /** Default `globalThis.fetch`. */
  readonly fetch?: HttpFetch | undefined;
  /** Address of the hub at which `hf:` names are looked up. Default Hugging Face's. */
  readonly hubUrl?: string | undefined;
  /**
   * Access token of the hub. It is sent only to the hub, never to a server that the hub redirects to. For another server set
   * `headers`.
   */
  readonly token?: string | undefined;
}

/**
 * Opens a model's file: from a path, a folder, an http(s) URL (by ranges, or as a stream from a server without them) or
 * `hf:owner/name[@revision][:file]`. Only the requested bytes are read, never the weights. Call `close` afterwards, if it has
 * one. Only paths need Node.js; everything else runs in a browser.
 * Errors: `not-found`, `file-unreadable`, `invalid-option` if several models qualify.
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
