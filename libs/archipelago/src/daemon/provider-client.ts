import { type ControlClient, isObject } from './control-client.js';

/** Hands Ganeti's variables to archipelagod. @returns what the script prints. @throws ControlError */
export async function callProvider(
  client: ControlClient,
  action: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const given = Object.entries(environment).filter(
    ([name]) => name.startsWith('VOL_') || name.startsWith('EXTP_'),
  );
  const body = { env: Object.fromEntries(given) };
  return client.call(
    { method: 'POST', path: `/v1/provider/${encodeURIComponent(action)}`, body },
    (answer) => {
      if (isObject(answer) && typeof answer.output === 'string') return answer.output;
      throw new Error('archipelagod answered without output');
    },
  );
}
