import type { ArgsDef, CommandDef } from "citty";

/** A command whatever its arguments: each has a type of its own, but running it by name needs only their names. */
export type AnyCommand = CommandDef<ArgsDef>;
