import type { JsonDocument } from "../conversation/json/json-documents.ts";
import type { Format, Frame, ReportedUsage } from "../conversation/message/message.ts";
import type { SessionFacts } from "../conversation/message/session-facts.ts";
import type { MessageSource } from "../conversation/formats/message-source.ts";

/** One message of a session: its own JSON text, cut from the agent's envelope, and what the envelope states about it. */
export interface SessionSource extends MessageSource {
  /** Milliseconds since 1970 UTC. */
  readonly time: number | undefined;
  readonly usage: ReportedUsage | undefined;
}

/** A conversation that was found in an agent's file and whose messages were not read yet. */
export interface RawSession {
  readonly format: Format;
  readonly frame: Frame;
  readonly model: string | undefined;
  /** The form that the messages were converted from, if the file does not hold a provider's own messages. */
  readonly converted: string | undefined;
  readonly sources: readonly SessionSource[];
  readonly facts: SessionFacts;
}

/** The JSON values of a file, and the numbers of its lines that are not JSON. */
export interface SessionInput {
  readonly documents: readonly JsonDocument[];
  readonly faultyLines: readonly number[];
}

/** A row of the table of recognisers: one agent's file form. */
export interface SessionRecogniser {
  readonly agent: string;
  /** How errors and help name the agent: `Claude Code`. */
  readonly title: string;
  /** The signs by which a file is recognised, in a sentence. */
  readonly signs: string;
  readonly recognises: (documents: readonly JsonDocument[]) => boolean;
  /**
   * Reads the conversations of a file: the main one first, then those of sub-agents.
   * Errors: `unknown-format` if the file holds no messages.
   */
  readonly read: (input: SessionInput) => readonly RawSession[];
}
