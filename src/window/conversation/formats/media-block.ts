import { readImageSize } from "../media/image-size.ts";
import type { ImageFacts } from "../message/message.ts";
import type { JsonObject } from "../../../shared/json/json-object.ts";
import { isJsonObject } from "../../../shared/json/json-object.ts";

const imageTypes = new Set([
  "image_url",
  "input_image",
  "image",
  "computer_screenshot",
  "image-data",
  "image-url",
  "image-file-id",
]);
const fileTypes = new Set([
  "file",
  "input_file",
  "document",
  "input_audio",
  "audio",
  "media",
  "video_url",
  "file-data",
  "file-url",
  "file-id",
  "reasoning-file",
  "container_upload",
  "audio_url",
  "video",
  // A resource of the Model Context Protocol: a text, or base64 in `blob`.
  "resource",
  // A plain text of LangChain's standard blocks.
  "text-plain",
]);
const details = ["low", "high", "original", "auto"] as const;

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Returns an image's data from wherever the formats keep it: a data URL, or bare base64. Other addresses do not state a size. */
function readImageData(block: JsonObject): string | undefined {
  const { image_url: url, source, image, resource } = block;
  const candidates = [
    isJsonObject(url) ? url["url"] : url,
    isJsonObject(source) ? source["data"] : undefined,
    // The tool outputs of @openai/agents keep a picture in an object.
    isJsonObject(image) ? (image["data"] ?? image["url"]) : image,
    block["data"],
    block["base64"],
    isJsonObject(resource) ? resource["blob"] : undefined,
    block["url"],
  ];
  return candidates.map(text).find((candidate) => candidate !== undefined);
}

function readImageFacts(block: JsonObject): ImageFacts {
  const url = block["image_url"];
  const word = isJsonObject(url) ? url["detail"] : block["detail"];
  const data = readImageData(block) ?? "";
  const isUrl = data.startsWith("data:");
  const size = isUrl ? readImageSize(readDataUrl(data)) : readImageSize(data);
  return {
    width: size?.width,
    height: size?.height,
    detail: details.find((detail) => detail === word),
  };
}

function readDataUrl(url: string): string {
  const comma = url.indexOf(",");
  return comma === -1 ? "" : url.slice(comma + 1);
}

function readMediaType(block: JsonObject): string {
  const { resource } = block;
  if (isJsonObject(resource)) return text(resource["mimeType"]) ?? "";
  return (
    text(block["mediaType"]) ??
    text(block["mimeType"]) ??
    text(block["media_type"]) ??
    text(block["mime_type"]) ??
    ""
  );
}

/** Reads the pixel size of an image's base64 text; the facts are empty if there is none, or if it states none. */
export function readBase64Image(data: unknown): ImageFacts {
  const size = typeof data === "string" ? readImageSize(data) : undefined;
  return { width: size?.width, height: size?.height, detail: undefined };
}

/** Reads what a content block of any format states about its image; undefined if it holds none. Decodes only header bytes. */
export function readImage(block: JsonObject): ImageFacts | undefined {
  const type = text(block["type"]) ?? "";
  if (imageTypes.has(type)) return readImageFacts(block);
  return fileTypes.has(type) && readMediaType(block).startsWith("image/") ? readImageFacts(block) : undefined;
}

/**
 * Returns what a content block of any format holds its media by: an address, a file id, or the data. Undefined if it states none.
 */
export function readMedia(block: JsonObject): string | undefined {
  const inner = [
    block["source"],
    block["file"],
    block["image"],
    block["audio"],
    block["resource"],
    block["input_audio"],
    block["image_url"],
    block["video_url"],
  ];
  const holders = [...inner.filter(isJsonObject), block];
  for (const holder of holders) {
    for (const name of mediaFields) {
      const value = holder[name];
      if (typeof value === "string" && value !== "") return value;
    }
  }
  return undefined;
}

/** Members that hold media, in any format. */
const mediaFields = [
  "data",
  "url",
  "base64",
  "blob",
  "image",
  "image_url",
  "audio",
  "file",
  "file_data",
  "file_url",
  "file_id",
  "fileId",
  "content",
] as const;

/** Returns true for a block that holds a file: a document, audio, video. */
export function isFile(block: JsonObject): boolean {
  return fileTypes.has(text(block["type"]) ?? "");
}

/** Returns the text of a file that is sent as text (Anthropic's plain-text and content documents); empty for binary files. */
export function readFileText(block: JsonObject): string {
  const { source, resource } = block;
  if (isJsonObject(resource)) return text(resource["text"]) ?? "";
  if (block["type"] === "text-plain") return text(block["text"]) ?? "";
  if (!isJsonObject(source)) return "";
  if (source["type"] === "text") return text(source["data"]) ?? "";
  const content = source["content"];
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.map((item: unknown) => (isJsonObject(item) ? (text(item["text"]) ?? "") : "")).join("\n");
}
