/**
 * The closed table of what can go wrong. Each code gives the HTTP status a server answers with and the
 * exit code the command ends with, so that a fault means the same wherever it is met.
 */
const errorTable = {
  "invalid-option": { status: 400, exitCode: 2 },
  "invalid-json": { status: 400, exitCode: 3 },
  "unknown-format": { status: 400, exitCode: 3 },
  "invalid-message": { status: 400, exitCode: 3 },
  "orphan-tool-result": { status: 400, exitCode: 3 },
  "unanswered-tool-call": { status: 400, exitCode: 3 },
  "invalid-data": { status: 400, exitCode: 3 },
  "budget-too-small": { status: 413, exitCode: 4 },
  "not-found": { status: 404, exitCode: 5 },
  "head-moved": { status: 409, exitCode: 6 },
  "store-locked": { status: 503, exitCode: 7 },
  "store-full": { status: 507, exitCode: 7 },
  "store-corrupt": { status: 500, exitCode: 8 },
  "store-newer": { status: 500, exitCode: 8 },
  "store-closed": { status: 500, exitCode: 8 },
  "store-failed": { status: 500, exitCode: 8 },
  "file-unreadable": { status: 400, exitCode: 9 },
  "file-unwritable": { status: 500, exitCode: 9 },
  internal: { status: 500, exitCode: 70 },
} as const;

/** A name from the closed table of faults. */
export type ErrorCode = keyof typeof errorTable;

/** The facts of a fault, as plain JSON values. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/**
 * The one error class of Loadline. Recognise it by `name === "LoadlineError"` (an `instanceof` fails when two
 * copies of the package are loaded). The message says what, what was got, and what is allowed.
 */
export class LoadlineError extends Error {
  override readonly name = "LoadlineError";
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  constructor(
    code: ErrorCode,
    message: string,
    options: { readonly details?: ErrorDetails; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }

  /** HTTP status that a server answers this fault with. */
  get status(): number {
    return errorTable[this.code].status;
  }

  /** Exit code that the command ends with on this fault. */
  get exitCode(): number {
    return errorTable[this.code].exitCode;
  }
}

/** True for a LoadlineError of any copy of the package; with `code`, of that code only. */
export function isLoadlineError(error: unknown, code?: ErrorCode): error is LoadlineError {
  if (!(error instanceof Error) || error.name !== "LoadlineError") return false;
  return code === undefined || (error as LoadlineError).code === code;
}

/** Every code with its HTTP status and exit code, for documentation and tests. */
export function errorCodes(): readonly {
  readonly code: ErrorCode;
  readonly status: number;
  readonly exitCode: number;
}[] {
  return Object.entries(errorTable).map(([code, row]) => ({ code: code as ErrorCode, ...row }));
}
