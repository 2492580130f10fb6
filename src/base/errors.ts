/**
 * The one error type of the library. Only misuse throws; outcomes of a computation are data.
 *
 * The kind decides the exit code of the command line:
 * `usage` 2 (an option or argument), `data` 3 (what a table or array holds), `io` 4 (a path cannot be read or written),
 * `model` 5 (a model or ONNX file is damaged or of another kind), `resource` 6 (too large for this machine),
 * `verification` 7 (a certificate was rejected), `internal` 1 (a defect of ours).
 */
export type ErrorKind = 'usage' | 'data' | 'io' | 'model' | 'resource' | 'verification' | 'internal';

/** An error whose message is one line: where it happened, what was expected, what came, what to do. */
export class RelucentError extends Error {
  override readonly name = 'RelucentError';
  constructor(
    readonly kind: ErrorKind,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message.replace(/\s*\n\s*/g, ' '), options);
  }
}

/** Throws a `usage` error unless the condition holds. */
export function requireThat(condition: boolean, message: string, kind: ErrorKind = 'usage'): asserts condition {
  if (!condition) throw new RelucentError(kind, message);
}
