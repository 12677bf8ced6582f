import type { Part, PartKind } from "./message.ts";

const blank: Omit<Part, "kind"> = {
  cut: undefined,
  body: undefined,
  bodyForm: "string",
  text: "",
  callId: undefined,
  toolName: undefined,
  arguments: undefined,
  opaque: undefined,
  image: undefined,
  media: undefined,
  isHosted: undefined,
};

/**
 * Makes a part from the given facts; all other fields are empty. Makes its strings well-formed: JSON may escape an unpaired
 * surrogate, which no store and no tokenizer can hold.
 */
export function makePart(kind: PartKind, facts: Partial<Omit<Part, "kind">>): Part {
  const part = { ...blank, ...facts };
  return {
    kind,
    cut: part.cut,
    body: part.body,
    bodyForm: part.bodyForm,
    text: part.text.toWellFormed(),
    callId: part.callId?.toWellFormed(),
    toolName: part.toolName?.toWellFormed(),
    arguments: part.arguments?.toWellFormed(),
    opaque: part.opaque?.toWellFormed(),
    image: part.image,
    media: part.media,
    isHosted: part.isHosted,
  };
}
