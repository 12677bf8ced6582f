import type { OpenModelOptions } from "../../model/index.ts";
import { textOf } from "./size-arguments.ts";
import type { Given } from "./size-arguments.ts";

/**
 * Returns the credentials that open a model: the token of the environment (`HF_TOKEN`, as the hub's own tools read it), which the
 * library sends to the hub alone, and the one that was typed, which goes with any address.
 */
export function openOptions(
  given: Given,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): OpenModelOptions {
  const kept = environment["HF_TOKEN"]?.trim();
  const typed = textOf(given, "token");
  return {
    ...(kept === undefined || kept === "" ? {} : { token: kept }),
    ...(typed === undefined ? {} : { headers: { authorization: `Bearer ${typed}` } }),
  };
}
