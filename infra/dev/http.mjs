// Calls of our own public APIs, as any client makes them.
import { Failure, oneLine } from './failure.mjs';

const CALL_MS = 60_000;

/** @returns {Promise<Response>} a reply below 400. @throws Failure with what the server said */
export async function call(what, url, { method = 'GET', headers = {}, body, timeoutMs = CALL_MS } = {}) {
  let reply;
  try {
    reply = await fetch(url, { method, headers, body, signal: AbortSignal.timeout(timeoutMs) });
  } catch (error) {
    throw new Failure(`${what}: ${oneLine(error.cause ?? error)}`);
  }
  if (reply.status < 400) return reply;
  throw new Failure(`${what}: ${reply.status} ${oneLine(await reply.text()).slice(0, 300)}`);
}

/** Logs in with a password, for the user's system project. @returns {Promise<{ token: string, project: string }>} */
export async function logIn(authUrl, { email, password, project }) {
  const identity = {
    methods: ['password'],
    password: { user: { name: email, domain: { name: 'Default' }, password } },
  };
  const scope = { project: { name: project, domain: { name: 'Default' } } };
  const reply = await call(`login of ${email}`, `${authUrl}/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ auth: { identity, scope } }),
  });
  const { token } = await reply.json();
  return { token: reply.headers.get('x-subject-token'), project: token.project.id };
}
