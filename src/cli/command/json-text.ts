/** Version of the JSON that commands print. It rises when a field changes its meaning or goes away; a new field does not raise it. */
const schemaVersion = 1;

/** DEL, C1 controls and marks that reorder text: JSON allows them in strings, a terminal obeys them. */
const obeyed = /[\u007f-\u009f\u202a-\u202e\u2066-\u2069]/gu;

/** Returns the JSON of a command's result, with the version of its form as the first field. */
export function jsonText(value: object): string {
  return JSON.stringify({ schemaVersion, ...value }, undefined, 2).replaceAll(
    obeyed,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
