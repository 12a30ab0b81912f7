export type OpErrorCode =
  | 'resolver_error'
  | 'insufficient_resources'
  | 'wrong_input'
  | 'wrong_state'
  | 'unknown_entity'
  | 'already_exists'
  | 'resource_not_unique'
  | 'environment_error';

/** How an opcode fails: becomes the job's result, `[type, [text, code]]`. Source: Ganeti `errors.py`. */
export class OpError extends Error {
  private constructor(
    readonly type: 'OpPrereqError' | 'OpExecError' | 'TagError' | 'HooksAbort',
    message: string,
    readonly code?: OpErrorCode,
    private readonly args: unknown[] = code === undefined ? [message] : [message, code],
  ) {
    super(message);
  }

  /** Hooks of the pre phase failed. @param failures node, script and its output */
  static hooksAbort(failures: readonly (readonly [string, string, string])[]): OpError {
    return new OpError('HooksAbort', 'Pre-execution hooks failed', undefined, [failures]);
  }

  /** Nothing was changed. */
  static prereq(message: string, code: OpErrorCode): OpError {
    return new OpError('OpPrereqError', message, code);
  }

  /** Execution failed; things may be half done. */
  static exec(message: string): OpError {
    return new OpError('OpExecError', message);
  }

  static tag(message: string): OpError {
    return new OpError('TagError', message);
  }

  /** The opcode's result. */
  get result(): [string, unknown[]] {
    return [this.type, this.args];
  }
}
