import { LoadlineError } from "../../../shared/errors.ts";
import { KiB } from "../../../shared/units.ts";
import type { HttpResponse, HttpClock, HttpOptions } from "./http-options.ts";

const systemClock: HttpClock = {
  nowMs: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

const defaultTimeoutMs = 30_000;

/** Bytes of a body that must arrive within one timeout: a server that drips slower would hold a caller for days. */
const minBytesPerWait = 16 * KiB;

/** Returns an address as messages show it: without its query, which may hold a key. */
function withoutQuery(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

/** Returns a `file-unreadable` error that names an address. */
export function httpFault(url: string, reason: string, cause?: unknown): LoadlineError {
  return new LoadlineError("file-unreadable", `${withoutQuery(url)}: ${reason}`, {
    details: { url: withoutQuery(url) },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Returns the error of an unsuccessful response: what its status means here, and what to do. */
function statusFault(url: string, response: HttpResponse): LoadlineError {
  const { status } = response;
  const shown = withoutQuery(url);
  const facts = { details: { url: shown, status } };
  if (status === 404 || status === 410)
    return new LoadlineError("not-found", `${shown}: no such file (status ${status})`, facts);
  const wait = response.headers.get("retry-after");
  const reasons: Readonly<Record<number, string>> = {
    401: "the server requires a login. Pass a token, or an authorization header",
    403: "the server denies access: the file is private, its terms are not accepted, or the token lacks the permission",
    416: "the file is shorter than the server reported",
    429: `too many requests${wait === null ? "" : `. Retry after ${wait.slice(0, 40)} (seconds or a date)`}`,
  };
  const reason = reasons[status] ?? "unexpected response, allowed: 200 or 206";
  // The hub's own words: which terms to accept, which permission a token lacks.
  const words = response.headers.get("x-error-message");
  const said = words === null ? "" : `. The server says ${JSON.stringify(words.slice(0, 200))}`;
  return new LoadlineError("file-unreadable", `${shown}: ${reason} (status ${status})${said}`, facts);
}

/** A response in progress: pieces of its body, each within the timeout. */
export interface HttpBody {
  readonly response: HttpResponse;
  /** Returns the next bytes, or undefined at the end. */
  next(): Promise<Uint8Array | undefined>;
  /** Aborts the request; bytes that were not read are not fetched. */
  cancel(): Promise<void>;
}

/** Returns a reader of a body's pieces that waits at most one timeout for each 16 KiB. */
function readWithPace(
  read: (ms: number) => Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>,
  limitMs: number,
  clock: HttpClock,
): HttpBody["next"] {
  let waitedMs = 0;
  let received = 0;
  return async () => {
    const start = clock.nowMs();
    const { done, value } = await read(Math.max(1, limitMs - waitedMs));
    waitedMs += clock.nowMs() - start;
    received += value?.length ?? 0;
    if (received >= minBytesPerWait) {
      waitedMs = 0;
      received = 0;
    }
    return done ? undefined : value;
  };
}

/** Runs one step of a request, at most `ms` milliseconds. Errors: `file-unreadable` with what the step was doing. */
type Runner = <Result>(run: () => Promise<Result>, doing: string, ms?: number) => Promise<Result>;

/** Returns what runs the steps of a request, and aborts it after a timeout. */
function makeRunner(
  url: string,
  { signal }: HttpOptions,
  {
    control,
    limitMs,
    clock,
  }: { readonly control: AbortController; readonly limitMs: number; readonly clock: HttpClock },
): Runner {
  return async (run, doing, ms = limitMs) => {
    const stopTimer = clock.after(ms, () => control.abort());
    try {
      return await run();
    } catch (cause) {
      if (signal?.aborted === true) throw httpFault(url, "aborted by its signal", cause);
      if (control.signal.aborted)
        throw httpFault(url, `${doing} took longer than ${limitMs} ms (timeoutMs)`, cause);
      throw httpFault(url, `${doing} failed: ${causeText(cause)}`, cause);
    } finally {
      stopTimer();
    }
  };
}

/**
 * Requests an address and follows redirects. Statuses 200, 206 and those in `accepted` are returned.
 * Errors: `not-found`, `file-unreadable`.
 */
export async function request(
  url: string,
  options: HttpOptions,
  headers: Readonly<Record<string, string>>,
  accepted: readonly number[] = [],
): Promise<HttpBody> {
  const limitMs = options.timeoutMs ?? defaultTimeoutMs;
  const clock = options.clock ?? systemClock;
  const control = new AbortController();
  const signal =
    options.signal === undefined ? control.signal : AbortSignal.any([control.signal, options.signal]);
  const runWithTimeout = makeRunner(url, options, { control, limitMs, clock });
  const response = await runWithTimeout(
    () =>
      (options.fetch ?? globalThis.fetch)(url, {
        // Ranges must count the file's own bytes, not compressed ones.
        headers: { "accept-encoding": "identity", ...options.headers, ...headers },
        signal,
        redirect: "follow",
      }),
    "the response",
  );
  const reader = response.body?.getReader();
  const cancel = async (): Promise<void> => {
    // A body that failed cannot be cancelled again.
    await reader?.cancel().catch(() => undefined);
    control.abort();
  };
  const { status } = response;
  if (status !== 200 && status !== 206 && !accepted.includes(status)) {
    await cancel();
    throw statusFault(url, response);
  }
  const coding = response.headers.get("content-encoding") ?? "identity";
  if (status === 206 && coding !== "identity") {
    await cancel();
    throw httpFault(
      url,
      "the server sent a range of compressed bytes, although the request allows only uncompressed ones",
    );
  }
  return {
    response,
    next:
      reader === undefined
        ? () => Promise.resolve(undefined)
        : readWithPace((ms) => runWithTimeout(() => reader.read(), "its body", ms), limitMs, clock),
    cancel,
  };
}

/** Returns the client's own message: Node's `fetch` keeps it in the cause. */
function causeText(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return inner instanceof Error ? inner.message : String(inner);
}

/** Parses an http or https address. Errors: `invalid-option` for anything else. */
export function requireAddress(name: string, value: unknown): URL {
  const url = typeof value === "string" && URL.canParse(value) ? new URL(value) : undefined;
  if (url?.protocol === "http:" || url?.protocol === "https:") return url;
  const got = url === undefined ? "a text that is not an address" : `an address of ${url.protocol}`;
  throw new LoadlineError("invalid-option", `${name}: got ${got}, allowed: http: and https:`, {
    details: { option: name },
  });
}
