import { exchange } from '../lease/exchange.js';

/** archipelagod refused, or did not answer; `code` is that of the library's error, or `Unreachable`. */
export class ControlError extends Error {
  override readonly name = 'ControlError';

  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export interface ControlCall {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly body?: object;
}

/** A call on archipelagod's control socket. */
export class ControlClient {
  private readonly socketPath: string;

  /**
   * @param url `unix:/path`
   * @throws ControlError when it is none
   */
  constructor(
    url: string,
    private readonly timeoutMs = 60_000,
  ) {
    if (!url.startsWith('unix:/'))
      throw new ControlError('BadUrl', `${url} is not a control URL (unix:/path/control.sock)`);
    this.socketPath = url.slice('unix:'.length);
  }

  /**
   * @param parse checks the answer; called with what JSON.parse gave
   * @throws ControlError, and what `parse` throws
   */
  async call<T>(call: ControlCall, parse: (answer: unknown) => T): Promise<T> {
    const { status, body } = await this.exchange(call);
    let answer: unknown;
    try {
      answer = JSON.parse(body.toString('utf8'));
    } catch (cause) {
      throw new ControlError('Io', `archipelagod answered ${status} without JSON`, { cause });
    }
    if (status !== 200) throw controlError(status, answer);
    return parse(answer);
  }

  private async exchange(call: ControlCall): Promise<{ status: number; body: Buffer }> {
    try {
      return await exchange({ ...call, socketPath: this.socketPath, timeoutMs: this.timeoutMs });
    } catch (cause) {
      // the text of an error of Node.js; under Jest it is no Error of this realm
      const reason = isObject(cause) && typeof cause.message === 'string' ? cause.message : String(cause);
      const message = `archipelagod does not answer on unix:${this.socketPath}: ${reason}`;
      throw new ControlError('Unreachable', message, { cause });
    }
  }
}

function controlError(status: number, answer: unknown): ControlError {
  const error = isObject(answer) ? answer.error : undefined;
  const { code, message } = isObject(error) ? error : {};
  if (typeof code === 'string' && typeof message === 'string') return new ControlError(code, message);
  return new ControlError('Io', `archipelagod answered ${status}`);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
