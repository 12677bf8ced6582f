import { LoadlineError } from "../../../shared/errors.ts";
import { requireInteger, requireKnownFields } from "../../../shared/options.ts";
import type { PlatformSignal } from "../../../shared/platform.ts";

/** The members of a response of `fetch` that are used. */
export interface HttpResponse {
  readonly status: number;
  /** Address after redirects; empty where the client does not report it. */
  readonly url: string;
  readonly headers: { get(name: string): string | null };
  readonly body: {
    getReader(): {
      read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
      cancel(): Promise<void>;
    };
  } | null;
}

/** The signature of `fetch` that is used: `globalThis.fetch` fits. */
export type HttpFetch = (
  url: string,
  init: {
    readonly headers: Record<string, string>;
    readonly signal: PlatformSignal;
    readonly redirect: "follow";
  },
) => Promise<HttpResponse>;

/** A clock for timeouts. */
export interface HttpClock {
  nowMs(): number;
  /** Runs a function after `ms` milliseconds. Returns a function that cancels it. */
  after(ms: number, run: () => void): () => void;
}

/** How requests to a server are made. */
export interface HttpOptions {
  /** Default `globalThis.fetch`. */
  readonly fetch?: HttpFetch | undefined;
  /** Headers of each request, for example `authorization`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Aborts the requests in progress. */
  readonly signal?: PlatformSignal | undefined;
  /** Timeout in milliseconds for the response, and then for each further 16 KiB of its body. Default 30,000. */
  readonly timeoutMs?: number | undefined;
  /** Default the platform's timers. */
  readonly clock?: HttpClock | undefined;
}

/** Rejects fields that are neither in `HttpOptions` nor in `more`. Errors: `invalid-option`. */
export function checkHttpOptions(options: unknown, more: readonly string[] = []): void {
  requireKnownFields("options", options, ["fetch", "headers", "signal", "timeoutMs", "clock", ...more]);
  const { fetch, timeoutMs } = options as { fetch?: unknown; timeoutMs?: unknown };
  if (fetch !== undefined && typeof fetch !== "function")
    throw new LoadlineError("invalid-option", `fetch: got a ${typeof fetch}, allowed: a function`);
  if (timeoutMs !== undefined) requireInteger("timeoutMs", timeoutMs, 1, 2 ** 31 - 1);
}
