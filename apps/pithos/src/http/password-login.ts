import { ServiceUnavailable } from '@synnefo/api';

const TIMEOUT_MS = 10_000;

/** Logs a user in with e-mail and password, and gives a token. */
export interface PasswordLogin {
  /** @returns null when Astakos refuses. @throws ServiceUnavailable */
  run(email: string, password: string): Promise<string | null>;
}

/** Asks Astakos as any Keystone client would; Pithos keeps neither password nor token. @param url such as `http://…/astakos/identity/v3` */
export function keystoneLogin(url: string): PasswordLogin {
  return {
    run: async (name, password) => {
      const user = { name, domain: { id: 'default' }, password };
      const reply = await post(`${url}/auth/tokens?nocatalog`, {
        auth: { identity: { methods: ['password'], password: { user } } },
      });
      await reply.body?.cancel();
      if (reply.status >= 500) throw away();
      return reply.ok ? reply.headers.get('x-subject-token') : null;
    },
  };
}

async function post(url: string, body: object): Promise<Response> {
  try {
    return await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    throw away(error);
  }
}

function away(cause?: unknown): ServiceUnavailable {
  return new ServiceUnavailable('The identity service does not answer.', {
    cause,
    headers: { 'Retry-After': '5' },
  });
}
