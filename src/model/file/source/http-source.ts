import { isLoadlineError } from "../../../shared/errors.ts";
import { bufferedSource } from "./buffered-source.ts";
import type { ByteSource } from "./byte-source.ts";
import { checkHttpOptions, type HttpOptions } from "./http-options.ts";
import { type HttpBody, httpFault, request, requireAddress } from "./http-request.ts";
import { streamSource } from "./stream-source.ts";
import { KiB } from "../../../shared/units.ts";

/** First request: most headers without a vocabulary fit into it. */
const firstBytes = 64 * KiB;

/** Most answers that one range is put together from: the largest read in pieces of the smallest that stores give (64 KiB). */
const maxAnswers = 512;

/** Endings of files that are asked for; an address that ends so is the one others lie beside. */
const modelEnding = /\.(?:gguf|safetensors|json|onnx|keras)$/iu;

interface Range {
  readonly start: number;
  readonly total: number | undefined;
}

/** What `Content-Range` says; undefined where it is not there or cannot be read. */
function rangeOf(body: HttpBody): Range | undefined {
  const text = body.answer.headers.get("content-range") ?? "";
  const [, start, total] = /^bytes (\d{1,15})-\d{1,15}\/(\d{1,15}|\*)$/u.exec(text.trim()) ?? [];
  if (start === undefined) return undefined;
  return { start: Number(start), total: total === "*" || total === undefined ? undefined : Number(total) };
}

/** Reads up to `length` bytes of an answer, and ends it where it has more. */
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

/** The address whose name the file has: the one asked for where it names a file (a store's own address does not), else the last. */
function namedAddress(asked: URL, answered: string): URL {
  const last = URL.canParse(answered) ? new URL(answered) : asked;
  return modelEnding.test(lastSegment(asked)) || !modelEnding.test(lastSegment(last)) ? asked : last;
}

/** Bytes `offset` to `offset + length` of an address, as a server with ranges gives them. */
async function readRange(
  url: string,
  options: HttpOptions,
  place: { readonly offset: number; readonly length: number; readonly total: number | undefined },
): Promise<Uint8Array> {
  const last = place.offset + place.length - 1;
  const body = await request(url, options, { range: `bytes=${place.offset}-${last}` }, [416]);
  // past the end of a file whose length was not told
  if (body.answer.status === 416 && place.total === undefined) {
    await body.cancel();
    return new Uint8Array(0);
  }
  const range = rangeOf(body);
  const fault =
    body.answer.status !== 206
      ? `answered ${body.answer.status} to a request of bytes, after it answered 206 before`
      : range !== undefined && range.start !== place.offset
        ? `gave bytes from ${range.start} on, asked for ${place.offset}`
        : range?.total !== undefined && place.total !== undefined && range.total !== place.total
          ? `the file changed while it was read: ${place.total} bytes became ${range.total}`
          : undefined;
  if (fault !== undefined) {
    await body.cancel();
    throw httpFault(url, fault);
  }
  return readUpTo(body, place.length);
}

/** Reads a range in as many requests as a server that gives less than it was asked for makes needed. */
async function readWhole(
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
  for (let answers = 1; done < length; answers += 1) {
    if (answers >= maxAnswers)
      throw httpFault(
        url,
        `gave ${done} of ${length} bytes in ${answers} answers, allowed: ${maxAnswers} answers`,
      );
    const piece = await readRange(url, options, {
      offset: place.offset + done,
      length: length - done,
      total: place.total,
    });
    if (piece.length === 0)
      throw httpFault(url, `ends at byte ${place.offset + done}, the server said ${place.total}`);
    bytes.set(piece, done);
    done += piece.length;
  }
  return bytes;
}

function siblingOf(base: URL, options: HttpOptions): (name: string) => Promise<ByteSource | undefined> {
  return async (name) => {
    // one segment only: what a file names must not lead elsewhere
    const beside = new URL(`./${encodeURIComponent(name)}`, base);
    try {
      return await openUrl(beside.href, options);
    } catch (error) {
      // stores that do not list their files answer 403 for one that is not there
      if (isLoadlineError(error, "not-found") || (isLoadlineError(error) && error.details["status"] === 403))
        return undefined;
      throw error;
    }
  };
}

/**
 * A file behind an address of http or https. Redirects are followed. Where the server gives ranges (206) only what is asked for
 * is fetched; where it does not (200) its body is read as far as needed and no further than 64 MiB. A file beside it is one
 * in the same folder of the address. Close it: an open body holds a connection.
 * Throws `invalid-option` for other addresses, `not-found`, `file-unreadable` with what the server or the network said.
 */
export async function openUrl(address: string, options: HttpOptions = {}): Promise<ByteSource> {
  checkHttpOptions(options);
  const asked = requireAddress("url", address);
  asked.hash = "";
  const url = asked.href;
  const body = await request(url, options, { range: `bytes=0-${firstBytes - 1}` }, [416]);
  const { answer } = body;
  const base = namedAddress(asked, answer.url);
  const name = lastSegment(base) || base.hostname;
  // what proves who asks is for the server that was asked
  const sibling = siblingOf(base, base.origin === asked.origin ? options : { ...options, headers: {} });
  if (answer.status === 416) {
    await body.cancel();
    if ((answer.headers.get("content-range") ?? "").trim() === "bytes */0")
      return { name, byteLength: 0, read: () => Promise.resolve(new Uint8Array(0)), sibling };
    throw httpFault(url, "the server has no such bytes (status 416)");
  }
  if (answer.status === 200)
    return { ...streamSource(name, url, body, () => request(url, options, {})), sibling };
  const range = rangeOf(body);
  if ((range?.start ?? 0) !== 0) {
    await body.cancel();
    throw httpFault(url, `gave bytes from ${range?.start} on, asked for 0`);
  }
  const total = range?.total;
  const first = (await readUpTo(body, firstBytes)).subarray(0, total);
  return bufferedSource({
    name,
    byteLength: total,
    read: async (offset, length) => {
      const known = first.length >= Math.min(offset + length, total ?? Number.POSITIVE_INFINITY);
      if (known) return first.subarray(offset, offset + length);
      return readWhole(url, options, { offset, length, total });
    },
    sibling,
  });
}
