import { isLoadlineError } from "../../../shared/errors.ts";
import { bufferSource } from "./buffer-source.ts";
import type { ByteSource } from "./byte-source.ts";
import { checkHttpOptions } from "./http-options.ts";
import type { HttpOptions } from "./http-options.ts";
import { httpFault, request, requireAddress } from "./http-request.ts";
import type { HttpBody } from "./http-request.ts";
import { streamSource } from "./stream-source.ts";
import { KiB } from "../../../shared/units.ts";

/** Size of the first request: most headers without a vocabulary fit into it. */
const firstBytes = 64 * KiB;

/** Responses that one read may take: the largest read (an index of 20 MiB) takes 320 of the smallest that stores send (64 KiB). */
const maxResponses = 512;

/** Endings of a model's files: an address that ends so names the folder of its other files. */
const modelEnding = /\.(?:gguf|safetensors|json|onnx|keras)$/iu;

interface Range {
  readonly start: number;
  readonly total: number | undefined;
}

/** Reads `Content-Range`; undefined where it is missing or malformed. */
function rangeOf(body: HttpBody): Range | undefined {
  const text = body.response.headers.get("content-range") ?? "";
  const [, start, total] = /^bytes (\d{1,15})-\d{1,15}\/(\d{1,15}|\*)$/u.exec(text.trim()) ?? [];
  if (start === undefined) return undefined;
  return { start: Number(start), total: total === "*" || total === undefined ? undefined : Number(total) };
}

/** Reads up to `length` bytes of a response, and aborts the rest. */
async function readUpTo(body: HttpBody, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let done = 0;
  try {
    while (done < length) {
      const piece = await body.next();
      if (piece === undefined) break;
      bytes.set(piece.subarray(0, length - done), done);
      done = Math.min(length, done + piece.length);
    }
  } finally {
    await body.cancel();
  }
  return bytes.subarray(0, done);
}

function lastSegment(url: URL): string {
  const segment = url.pathname.split("/").at(-1) ?? "";
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/**
 * Chooses the address that names the file: the requested one if it does, otherwise the one after redirects. The address of a
 * storage server often has a hash in place of a name.
 */
function chooseAddress(requested: URL, redirected: string): URL {
  const last = URL.canParse(redirected) ? new URL(redirected) : requested;
  return modelEnding.test(lastSegment(requested)) || !modelEnding.test(lastSegment(last)) ? requested : last;
}

/** Requests the bytes `offset` to `offset + length` from a server that supports ranges. */
async function readRange(
  url: string,
  options: HttpOptions,
  place: { readonly offset: number; readonly length: number; readonly total: number | undefined },
): Promise<Uint8Array> {
  const last = place.offset + place.length - 1;
  const body = await request(url, options, { range: `bytes=${place.offset}-${last}` }, [416]);
  // Past the end of a file whose length the server does not report.
  if (body.response.status === 416 && place.total === undefined) {
    await body.cancel();
    return new Uint8Array(0);
  }
  const range = rangeOf(body);
  const fault =
    body.response.status !== 206
      ? `the server answered a range request with ${body.response.status}, after it answered the first with 206`
      : range !== undefined && range.start !== place.offset
        ? `the server sent bytes from ${range.start}, but ${place.offset} was requested`
        : range?.total !== undefined && place.total !== undefined && range.total !== place.total
          ? `the file changed while it was read: it had ${place.total} bytes, now ${range.total}. Open it again`
          : undefined;
  if (fault !== undefined) {
    await body.cancel();
    throw httpFault(url, fault);
  }
  return readUpTo(body, place.length);
}

/** Reads a range, in several requests where the server sends less than was requested. */
async function readFully(
  url: string,
  options: HttpOptions,
  place: { readonly offset: number; readonly length: number; readonly total: number | undefined },
): Promise<Uint8Array> {
  const length = Math.max(
    0,
    Math.min(place.length, (place.total ?? Number.POSITIVE_INFINITY) - place.offset),
  );
  if (length === 0) return new Uint8Array(0);
  const first = await readRange(url, options, { ...place, length });
  if (first.length === length || place.total === undefined) return first;
  const bytes = new Uint8Array(length);
  bytes.set(first);
  let done = first.length;
  for (let responses = 1; done < length; responses++) {
    if (responses >= maxResponses)
      throw httpFault(
        url,
        `the server sent ${done} of ${length} bytes in ${responses} responses, allowed: ${maxResponses} responses`,
      );
    const piece = await readRange(url, options, {
      offset: place.offset + done,
      length: length - done,
      total: place.total,
    });
    if (piece.length === 0)
      throw httpFault(
        url,
        `the file ends at byte ${place.offset + done}, but the server reported ${place.total} bytes`,
      );
    bytes.set(piece, done);
    done += piece.length;
  }
  return bytes;
}

function siblingOf(base: URL, options: HttpOptions): (name: string) => Promise<ByteSource | undefined> {
  return async (name) => {
    // One segment only: a name from a file must not lead out of the folder.
    const sibling = new URL(`./${encodeURIComponent(name)}`, base);
    try {
      return await openUrl(sibling.href, options);
    } catch (error) {
      // Stores that do not list their files response 403 for a missing one.
      if (isLoadlineError(error, "not-found") || (isLoadlineError(error) && error.details["status"] === 403))
        return undefined;
      throw error;
    }
  };
}

/**
 * Opens a file behind an http or https address and follows redirects. From a server with ranges (206) only the requested bytes
 * are fetched; without ranges (200) the body is read as far as needed, up to 64 MiB. A sibling is a file in the same folder of
 * the address. Close the source: an open body holds a connection.
 * Errors: `invalid-option` for other addresses, `not-found`, `file-unreadable` with the message of the server or the network.
 */
export async function openUrl(address: string, options: HttpOptions = {}): Promise<ByteSource> {
  checkHttpOptions(options);
  const requested = requireAddress("url", address);
  requested.hash = "";
  const url = requested.href;
  const body = await request(url, options, { range: `bytes=0-${firstBytes - 1}` }, [416]);
  const { response } = body;
  const base = chooseAddress(requested, response.url);
  const name = lastSegment(base) || base.hostname;
  // Never forwards credentials to another origin after a redirect.
  const sibling = siblingOf(base, base.origin === requested.origin ? options : { ...options, headers: {} });
  if (response.status === 416) {
    await body.cancel();
    if ((response.headers.get("content-range") ?? "").trim() === "bytes */0")
      return { name, byteLength: 0, read: () => Promise.resolve(new Uint8Array(0)), sibling };
    throw httpFault(url, "the file is shorter than the server reported (status 416)");
  }
  if (response.status === 200)
    return { ...streamSource(name, url, body, () => request(url, options, {})), sibling };
  const range = rangeOf(body);
  if ((range?.start ?? 0) !== 0) {
    await body.cancel();
    throw httpFault(url, `the server sent bytes from ${range?.start}, but 0 was requested`);
  }
  const total = range?.total;
  const first = (await readUpTo(body, firstBytes)).subarray(0, total);
  return bufferSource({
    name,
    byteLength: total,
    read: async (offset, length) => {
      const known = first.length >= Math.min(offset + length, total ?? Number.POSITIVE_INFINITY);
      if (known) return first.subarray(offset, offset + length);
      return readFully(url, options, { offset, length, total });
    },
    sibling,
  });
}
