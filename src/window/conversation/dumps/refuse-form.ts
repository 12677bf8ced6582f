import { LoadlineError } from "../../../shared/errors.ts";
import { isJsonObject } from "../../../shared/json/json-object.ts";
import type { JsonDocument } from "../json/json-documents.ts";
import { refusedForms } from "./refused-forms.ts";

/** How many objects of a file are looked at: a form shows in its first ones. */
const maxObjects = 20;

/** Refuses a form that is known and not read. Errors: `unknown-format` with its name and what to do. */
export function refuseForm(documents: readonly JsonDocument[]): void {
  const values = documents
    .slice(0, maxObjects)
    .flatMap(({ value }) =>
      Array.isArray(value) ? (value as readonly unknown[]).slice(0, maxObjects) : [value],
    );
  const objects = values.filter(isJsonObject);
  const form = refusedForms.find((row) => row.recognizes(objects));
  if (form === undefined) return;
  throw new LoadlineError(
    "unknown-format",
    `input: got ${form.name}, a form that is not read; ${form.advice}`,
    {
      details: { form: form.name },
    },
  );
}
