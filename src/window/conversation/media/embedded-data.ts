import { decodeBase64 } from "./decode-base64.ts";
import { readImageSize } from "./image-size.ts";
import { readPdfPages } from "./pdf-pages.ts";
import { readAudioSeconds } from "./audio-seconds.ts";
import type { ImageFacts } from "../message/message.ts";

/** What the data of a file states; a field that it does not state is undefined. */
export interface FileFacts {
  readonly kind: "pdf" | "audio" | "unknown";
  /** Pages of a document. */
  readonly pages: number | undefined;
  /** Length of a recording in seconds. */
  readonly seconds: number | undefined;
}

/** What base64 data holds, as far as its bytes show. */
export type DataFacts =
  | { readonly kind: "image"; readonly image: ImageFacts }
  | { readonly kind: "file"; readonly file: FileFacts };

/** Bytes of a second of compressed sound (128 kbit/s), where the file does not state its length. */
const soundBytesPerSecond = 16_000;
/** Shorter data is an id, a hash or a signature, not a file. */
const minDataLength = 64;
const base64Only = /^[A-Za-z0-9+/_-]+={0,2}$/;
/** Characters that are checked for base64: data is base64 throughout or from its first characters not. */
const checkedLength = 4_096;

function startsWith(bytes: Uint8Array, text: string, at = 0): boolean {
  return [...text].every((character, index) => bytes[at + index] === character.charCodeAt(0));
}

/** Returns true for MP3 (with or without ID3), Ogg, FLAC and MP4 audio. */
function isAudio(bytes: Uint8Array): boolean {
  const isFrame = bytes[0] === 0xff && ((bytes[1] ?? 0) & 0xe6) === 0xe2;
  return (
    isFrame ||
    ["ID3", "OggS", "fLaC"].some((magic) => startsWith(bytes, magic)) ||
    startsWith(bytes, "ftypM4A", 4)
  );
}

/** Returns the base64 text of a data URL, and any other text unchanged. */
export function cutDataUrl(text: string): string {
  if (!text.startsWith("data:")) return text;
  const comma = text.indexOf(",");
  return comma === -1 ? "" : text.slice(comma + 1);
}

function makeFile(kind: FileFacts["kind"], facts: Partial<FileFacts>): DataFacts {
  return { kind: "file", file: { kind, pages: facts.pages, seconds: facts.seconds } };
}

/** Recognises the file in a base64 text by its first bytes. */
export function readDataFacts(base64: string): DataFacts {
  const size = readImageSize(base64);
  if (size !== undefined) return { kind: "image", image: { ...size, detail: undefined } };
  const head = decodeBase64(base64.slice(0, 64), 32);
  if (startsWith(head, "%PDF")) return makeFile("pdf", { pages: readPdfPages(base64) });
  if (startsWith(head, "RIFF") && startsWith(head, "WAVE", 8))
    return makeFile("audio", { seconds: readAudioSeconds(base64) });
  if (isAudio(head)) return makeFile("audio", { seconds: (base64.length * 3) / 4 / soundBytesPerSecond });
  return makeFile("unknown", {});
}

/**
 * Recognises a string that holds a file: a data URL, or base64 whose first bytes are those of a picture, a PDF or a sound.
 * Returns undefined for any other text.
 */
export function readEmbeddedData(text: string): DataFacts | undefined {
  const data = cutDataUrl(text);
  if (data.length < minDataLength || !base64Only.test(data.slice(0, checkedLength))) return undefined;
  const facts = readDataFacts(data);
  const isUnknown = facts.kind === "file" && facts.file.kind === "unknown";
  return isUnknown && data === text ? undefined : facts;
}
