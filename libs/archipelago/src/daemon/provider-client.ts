import { setTimeout as delay } from 'node:timers/promises';
import { type ControlClient, ControlError, isObject } from './control-client.js';

/** How long an archipelagod that died may take to come back, before the action fails. */
const PATIENCE_MS = 20_000;
const RETRY_MS = 200;

/**
 * Hands Ganeti's variables to archipelagod. One that is away is waited for and asked again: every action may be repeated, and a failed action is a
 * failed job, which for a create means a server in ERROR.
 * @returns what the script prints
 * @throws ControlError
 */
export async function callProvider(
  client: ControlClient,
  action: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const given = Object.entries(environment).filter(
    ([name]) => name.startsWith('VOL_') || name.startsWith('EXTP_'),
  );
  const body = { env: Object.fromEntries(given) };
  return untilReachable(() =>
    client.call({ method: 'POST', path: `/v1/provider/${encodeURIComponent(action)}`, body }, (answer) => {
      if (isObject(answer) && typeof answer.output === 'string') return answer.output;
      throw new Error('archipelagod answered without output');
    }),
  );
}

async function untilReachable(call: () => Promise<string>): Promise<string> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await call();
    } catch (error) {
      const isAway = error instanceof ControlError && error.code === 'Unreachable';
      if (!isAway || Date.now() > deadline) throw error;
    }
    await delay(RETRY_MS);
  }
}
