/**
 * The closed table of error codes, each with the HTTP status of a server's answer and the exit code of the command.
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
  "not-a-continuation": { status: 409, exitCode: 6 },
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

/** An error code of the closed table. */
export type ErrorCode = keyof typeof errorTable;

/** Facts about an error, as plain JSON values. */
export type ErrorDetails = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/**
 * The only error class of Loadline. Recognize it by `name === "LoadlineError"` (`instanceof` fails if two copies of the package
 * are loaded). The message says what happened, with which value, and what to do.
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

  /** HTTP status of a server's answer to this error. */
  get status(): number {
    return errorTable[this.code].status;
  }

  /** Exit code of the command after this error. */
  get exitCode(): number {
    return errorTable[this.code].exitCode;
  }
}

/** Returns true for a LoadlineError of any copy of the package; with `code`, of that code only. */
export function isLoadlineError(error: unknown, code?: ErrorCode): error is LoadlineError {
  if (!(error instanceof Error) || error.name !== "LoadlineError") return false;
  return code === undefined || (error as LoadlineError).code === code;
}

/** Returns every code with its HTTP status and exit code, for documentation and tests. */
export function errorCodes(): readonly {
  readonly code: ErrorCode;
  readonly status: number;
  readonly exitCode: number;
}[] {
  return Object.entries(errorTable).map(([code, row]) => ({ code: code as ErrorCode, ...row }));
}
