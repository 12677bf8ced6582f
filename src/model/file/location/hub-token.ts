import { LoadlineError } from "../../../shared/errors.ts";
import type { HttpOptions } from "../source/http-options.ts";

/** Address of the Hugging Face Hub. */
export const hubAddress = "https://huggingface.co";

/** Other origins of the same hub. */
const hubOrigins: ReadonlySet<string> = new Set([
  hubAddress,
  "https://www.huggingface.co",
  "https://hf.co",
  "https://www.hf.co",
]);

/** Characters of a token: the hub's have 37, signed ones some hundred. */
const maxTokenLength = 4096;

/**
 * Checks a token of the hub. No message contains it.
 * Errors: `invalid-option` for anything but printable ASCII characters without a space.
 */
export function requireToken(token: unknown): string | undefined {
  if (token === undefined) return undefined;
  if (typeof token === "string" && token.length <= maxTokenLength && /^[!-~]+$/u.test(token)) return token;
  throw new LoadlineError(
    "invalid-option",
    `token: expected 1 to ${maxTokenLength} printable ASCII characters without a space`,
    { details: { option: "token" } },
  );
}

/** Whether an address is at the hub: at `hubUrl`'s origin if it is given, otherwise at Hugging Face's over https. */
export function isHubAddress(address: string, hubUrl: string | undefined): boolean {
  if (!URL.canParse(address)) return false;
  const { origin } = new URL(address);
  if (hubUrl === undefined) return hubOrigins.has(origin);
  return URL.canParse(hubUrl) && new URL(hubUrl).origin === origin;
}

/** Adds the token to the headers of requests to the hub. An `authorization` header that was given takes precedence. */
export function authorizeHub(options: HttpOptions, token: string | undefined): HttpOptions {
  const { headers = {} } = options;
  const isGiven = Object.keys(headers).some((name) => name.toLowerCase() === "authorization");
  if (token === undefined || isGiven) return options;
  return { ...options, headers: { ...headers, authorization: `Bearer ${token}` } };
}
