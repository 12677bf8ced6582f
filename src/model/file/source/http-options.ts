import { LoadlineError } from "../../../shared/errors.ts";
import { requireInteger, requireKnownFields } from "../../../shared/options.ts";
import type { PlatformSignal } from "../../../shared/platform.ts";

/** The part of an answer of `fetch` that is used. */
export interface HttpAnswer {
  readonly status: number;
  /** Address after redirects; empty where the client does not tell. */
  readonly url: string;
  readonly headers: { get(name: string): string | null };
  readonly body: {
    getReader(): {
      read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
      cancel(): Promise<void>;
    };
  } | null;
}

/** The part of `fetch` that is used: `globalThis.fetch` fits. */
export type HttpFetch = (
  url: string,
  init: {
    readonly headers: Record<string, string>;
    readonly signal: PlatformSignal;
    readonly redirect: "follow";
  },
) => Promise<HttpAnswer>;

/** What measures the limits of time. */
export interface HttpClock {
  nowMs(): number;
  /** Runs a function after `ms` milliseconds, unless the function that is returned was called before. */
  after(ms: number, run: () => void): () => void;
}

/** How a server is asked. */
export interface HttpOptions {
  /** The platform's unless told. */
  readonly fetch?: HttpFetch | undefined;
  /** Sent with each request, an `authorization` for example. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Ends what is under way. */
  readonly signal?: PlatformSignal | undefined;
  /** Longest wait for an answer, and then for each further 16 KiB of it, in milliseconds; 30,000 unless told. */
  readonly timeoutMs?: number | undefined;
  /** The platform's unless told. */
  readonly clock?: HttpClock | undefined;
}

/** Refuses options that are none of `HttpOptions`, nor of `more`. */
export function checkHttpOptions(options: unknown, more: readonly string[] = []): void {
  requireKnownFields("options", options, ["fetch", "headers", "signal", "timeoutMs", "clock", ...more]);
  const { fetch, timeoutMs } = options as { fetch?: unknown; timeoutMs?: unknown };
  if (fetch !== undefined && typeof fetch !== "function")
    throw new LoadlineError("invalid-option", `fetch: got a ${typeof fetch}, allowed: a function`);
  if (timeoutMs !== undefined) requireInteger("timeoutMs", timeoutMs, 1, 2 ** 31 - 1);
}
