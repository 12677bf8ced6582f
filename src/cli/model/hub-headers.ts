import { textOf, type Given } from "./size-arguments.ts";

/** What opens a model behind an address: a token, where there is one for that place. */
export interface HubHeaders {
  readonly headers?: { readonly authorization: string };
}

/** Addresses of the Hugging Face Hub, as `openModel` takes them. */
const ofHub = /^(?:hf:|https:\/\/(?:www\.)?(?:huggingface\.co|hf\.co)\/|(?:huggingface\.co|hf\.co)\/)/u;

/**
 * The token that was typed goes with any address; the one of the environment (`HF_TOKEN`, as the hub's own tools read it) only
 * to the hub, since another server must not learn it.
 */
export function hubHeaders(
  location: string,
  given: Given,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): HubHeaders {
  const kept = ofHub.test(location) ? environment["HF_TOKEN"]?.trim() : undefined;
  const token = textOf(given, "token") ?? (kept === "" ? undefined : kept);
  return token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } };
}
