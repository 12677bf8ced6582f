import { LoadlineError } from "../../../shared/errors.ts";

/** A model of the hub: owner, name, and where told a revision (branch, tag or commit) and a file, folder or quantization. */
export interface HubName {
  readonly owner: string;
  readonly model: string;
  readonly revision: string | undefined;
  readonly file: string | undefined;
}

/** A name of an owner or a model, as the hub allows them. */
const word = "[\\w-](?:[\\w.-]{0,94}[\\w-])?";
const named = new RegExp(
  `^hf:(?://)?(${word})/(${word})(?:@([\\w./-]{1,200})(?::(.{1,400}))?|[:/](.{1,400}))?$`,
  "isu",
);
/** The hub's pages: of a model, of a folder or a file in it. */
const page = new RegExp(
  `^(?:https?://)?(?:www\\.)?(?:huggingface\\.co|hf\\.co)/(${word})/(${word})(?:/(?:tree|blob)/([^/]{1,200})(?:/(.{1,400}))?|(@[\\w./-]{1,200})?(:.{1,400})?)/?$`,
  "isu",
);
/** First segments of the hub's addresses that are no owners. */
const noOwners: ReadonlySet<string> = new Set([
  "api",
  "blog",
  "collections",
  "datasets",
  "docs",
  "papers",
  "spaces",
]);

/** A part of an address as it is meant; one with broken escapes as it is. */
function decoded(text: string | undefined): string | undefined {
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
    revision: decoded(branch) ?? revision?.slice(1),
    file: decoded(path) ?? file?.slice(1),
  };
}

/** True for what names a model of the hub: `hf:` names, and addresses of its pages (those of files themselves are addresses). */
export function isHubName(location: string): boolean {
  return /^hf:/iu.test(location) || fromPage(location) !== undefined;
}

/**
 * Reads `hf:owner/name[@revision][:file]` and the spellings others use for it: `hf://owner/name`, `hf:owner/name/file`, the
 * address of a model's page with or without its scheme, or that of a file's page. Throws `invalid-option` for anything else.
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
