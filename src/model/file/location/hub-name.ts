import { LoadlineError } from "../../../shared/errors.ts";

/** A model on the hub: owner, name, and optionally a revision (branch, tag or commit) and a file, folder or quantization. */
export interface HubName {
  readonly owner: string;
  readonly model: string;
  readonly revision: string | undefined;
  readonly file: string | undefined;
}

/** Names of owners and models, as the hub allows them. */
const word = "[\\w-](?:[\\w.-]{0,94}[\\w-])?";
const named = new RegExp(
  `^hf:(?://)?(${word})/(${word})(?:@([\\w./-]{1,200})(?::(.{1,400}))?|[:/](.{1,400}))?$`,
  "isu",
);
/** Addresses of the hub's pages: a model, or a folder or file in it. */
const page = new RegExp(
  `^(?:https?://)?(?:www\\.)?(?:huggingface\\.co|hf\\.co)/(${word})/(${word})(?:/(?:tree|blob)/([^/]{1,200})(?:/(.{1,400}))?|(@[\\w./-]{1,200})?(:.{1,400})?)/?$`,
  "isu",
);
/** First segments of the hub's addresses that are not owners. */
const noOwners: ReadonlySet<string> = new Set([
  "api",
  "blog",
  "collections",
  "datasets",
  "docs",
  "papers",
  "spaces",
]);

/** Decodes a part of an address; returns one with malformed escapes as it is. */
function decode(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function fromPage(location: string): HubName | undefined {
  const [, owner, model, branch, path, revision, file] = page.exec(location.replace(/[?#].*$/su, "")) ?? [];
  if (owner === undefined || model === undefined || noOwners.has(owner.toLowerCase())) return undefined;
  return {
    owner,
    model,
    revision: decode(branch) ?? revision?.slice(1),
    file: decode(path) ?? file?.slice(1),
  };
}

/** Whether a location is an `hf:` name or the address of a model's page; a direct address of a file is not. */
export function isHubName(location: string): boolean {
  return /^hf:/iu.test(location) || fromPage(location) !== undefined;
}

/**
 * Parses `hf:owner/name[@revision][:file]` and its other common spellings: `hf://owner/name`, `hf:owner/name/file`, and the
 * address of a model's or a file's page, with or without its scheme. Errors: `invalid-option` for anything else.
 */
export function parseHubName(text: string): HubName {
  const [, owner, model, revision, atRevision, file] = named.exec(text) ?? [];
  const name =
    owner === undefined || model === undefined
      ? fromPage(text)
      : { owner, model, revision, file: atRevision ?? file };
  if (name === undefined || name.revision?.includes("..") === true) {
    throw new LoadlineError(
      "invalid-option",
      `model: got ${JSON.stringify(text.slice(0, 200))}, allowed: hf:owner/name[@revision][:file, folder or quantization]`,
      { details: { option: "model" } },
    );
  }
  return name;
}
