import { LoadlineError } from "../../../shared/errors.ts";
import { KiB } from "../../../shared/units.ts";
import type { HttpAnswer, HttpClock, HttpOptions } from "./http-options.ts";

const systemClock: HttpClock = {
  nowMs: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

const defaultTimeoutMs = 30_000;

/** Fewest bytes of a body within the limit of time: one that drips slower would hold a caller for days. */
const minBytesPerWait = 16 * KiB;

/** An address as messages show it: without its query, which may hold a key. */
function shownAddress(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

/** A `file-unreadable` error of an address. */
export function httpFault(url: string, reason: string, cause?: unknown): LoadlineError {
  return new LoadlineError("file-unreadable", `${shownAddress(url)}: ${reason}`, {
    details: { url: shownAddress(url) },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** The error of an answer that is no success: what its status means here. */
function statusFault(url: string, answer: HttpAnswer): LoadlineError {
  const { status } = answer;
  const shown = shownAddress(url);
  const facts = { details: { url: shown, status } };
  if (status === 404 || status === 410)
    return new LoadlineError("not-found", `${shown}: there is no such file (${status})`, facts);
  const wait = answer.headers.get("retry-after");
  const reasons: Readonly<Record<number, string>> = {
    401: "the server wants a login: hand in a token (an authorization header)",
    403: "the server refuses it: the file is private, its terms are not accepted, or the token lacks the right",
    416: "the server has no such bytes: the file is shorter than it said",
    429: `the server has too many requests${wait === null ? "" : `, and says to wait ${wait.slice(0, 40)} (seconds or a date)`}`,
  };
  const reason = reasons[status] ?? "allowed: 200 or 206";
  // the hub's own words: which terms are to be accepted, what a token lacks
  const words = answer.headers.get("x-error-message");
  const said = words === null ? "" : `; it says ${JSON.stringify(words.slice(0, 200))}`;
  return new LoadlineError("file-unreadable", `${shown}: ${reason} (status ${status})${said}`, facts);
}

/** An answer under way: pieces of its body, each waited for no longer than the limit. */
export interface HttpBody {
  readonly answer: HttpAnswer;
  /** The next bytes, or undefined at the end. */
  next(): Promise<Uint8Array | undefined>;
  /** Ends the request; what was not read is not fetched. */
  cancel(): Promise<void>;
}

/** Hands out pieces of a body, each 16 KiB of which are waited for no longer than the limit. */
function pacedReader(
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

/** Asks for an address, following redirects; `accepted` statuses besides 200 and 206 are handed back, others are errors. */
export async function request(
  url: string,
  options: HttpOptions,
  headers: Readonly<Record<string, string>>,
  accepted: readonly number[] = [],
): Promise<HttpBody> {
  const limit = options.timeoutMs ?? defaultTimeoutMs;
  const clock = options.clock ?? systemClock;
  const control = new AbortController();
  const signal =
    options.signal === undefined ? control.signal : AbortSignal.any([control.signal, options.signal]);
  const timed = async <Result>(run: () => Promise<Result>, doing: string, ms = limit): Promise<Result> => {
    const stopTimer = clock.after(ms, () => control.abort());
    try {
      return await run();
    } catch (cause) {
      if (options.signal?.aborted === true) throw httpFault(url, "was ended by its signal", cause);
      if (control.signal.aborted) throw httpFault(url, `${doing} took longer than ${limit} ms`, cause);
      throw httpFault(url, `${doing} failed: ${causeText(cause)}`, cause);
    } finally {
      stopTimer();
    }
  };
  const answer = await timed(
    () =>
      (options.fetch ?? globalThis.fetch)(url, {
        // ranges are of the file's own bytes, not of compressed ones
        headers: { "accept-encoding": "identity", ...options.headers, ...headers },
        signal,
        redirect: "follow",
      }),
    "the answer",
  );
  const reader = answer.body?.getReader();
  const cancel = async (): Promise<void> => {
    // a body that ended by a fault cannot be cancelled again
    await reader?.cancel().catch(() => undefined);
    control.abort();
  };
  const { status } = answer;
  if (status !== 200 && status !== 206 && !accepted.includes(status)) {
    await cancel();
    throw statusFault(url, answer);
  }
  const coding = answer.headers.get("content-encoding") ?? "identity";
  if (status === 206 && coding !== "identity") {
    await cancel();
    throw httpFault(url, "gave a range of compressed bytes, allowed: of the file's own");
  }
  return {
    answer,
    next:
      reader === undefined
        ? () => Promise.resolve(undefined)
        : pacedReader((ms) => timed(() => reader.read(), "its body", ms), limit, clock),
    cancel,
  };
}

/** What a client says of a fault: Node's `fetch` has it in the cause. */
function causeText(error: unknown): string {
  const inner = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return inner instanceof Error ? inner.message : String(inner);
}

/** An address of http or https; `invalid-option` for anything else. */
export function requireAddress(name: string, value: unknown): URL {
  const url = typeof value === "string" && URL.canParse(value) ? new URL(value) : undefined;
  if (url?.protocol === "http:" || url?.protocol === "https:") return url;
  const got = url === undefined ? "no address" : `an address of ${url.protocol}`;
  throw new LoadlineError("invalid-option", `${name}: got ${got}, allowed: http: and https:`, {
    details: { option: name },
  });
}
