/** Version of the JSON that commands print. It rises when a field changes its meaning or goes away; a new field does not raise it. */
const schemaVersion = 1;

/** Returns the JSON of a command's result, with the version of its form as the first field. */
export function jsonText(value: object): string {
  return JSON.stringify({ schemaVersion, ...value }, undefined, 2);
}
