/** The steps of the main job, each with the clients that users have. */
import { poll } from '@synnefo/runtime';
import { type Cloud, type CloudUser, runCommand } from '@synnefo/testing';
import { loginOf } from '../login.js';

export interface ServerView {
  readonly id: string;
  readonly status: string;
}

/** A token by Keystone v3, through the openstack client. */
export async function tokenV3(cloud: Cloud, user: CloudUser): Promise<{ token: string; userUuid: string }> {
  const issued = await cloud.openstackJson<{ id: string; user_id: string }>(user, ['token', 'issue']);
  return { token: issued.id, userUuid: issued.user_id };
}

/** A token by the v2.0 call, with e-mail and login password. */
export async function tokenV2(cloud: Cloud, user: CloudUser): Promise<string> {
  const { username, password } = await loginOf(cloud, user);
  const reply = await fetch(`${cloud.astakosUrl}/identity/v2.0/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ auth: { passwordCredentials: { username, password } } }),
  });
  expect(reply.status).toBe(200);
  return ((await reply.json()) as { access: { token: { id: string } } }).access.token.id;
}

/** Runs the swift client, which knows no clouds.yaml. */
export async function swift(
  cloud: Cloud,
  user: CloudUser,
  args: readonly string[],
  cwd: string,
): Promise<string> {
  const login = await loginOf(cloud, user);
  const env = {
    ST_AUTH_VERSION: '3',
    OS_AUTH_URL: login.auth_url,
    OS_USERNAME: login.username,
    OS_PASSWORD: login.password,
    OS_PROJECT_NAME: login.project_name,
    OS_USER_DOMAIN_NAME: 'Default',
    OS_PROJECT_DOMAIN_NAME: 'Default',
    OS_IDENTITY_API_VERSION: '3',
  };
  return (await runCommand('swift', args, { env, cwd })).stdout;
}

/** Registers an object as an image through the Plankton face. @returns the image's id */
export async function registerWithPlankton(
  cloud: Cloud,
  token: string,
  image: { name: string; location: string },
): Promise<string> {
  const reply = await fetch(`${cloud.cycladesUrl}/image/v1.0/images/`, {
    method: 'POST',
    headers: {
      'x-auth-token': token,
      'x-image-meta-name': image.name,
      'x-image-meta-location': image.location,
    },
  });
  expect(reply.status).toBe(200);
  return reply.headers.get('x-image-meta-id') ?? '';
}

/** Lets another user read an image, through the Plankton face. */
export async function shareImage(
  cloud: Cloud,
  token: string,
  imageId: string,
  member: string,
): Promise<void> {
  const reply = await fetch(`${cloud.cycladesUrl}/image/v1.0/images/${imageId}/members/${member}`, {
    method: 'PUT',
    headers: { 'x-auth-token': token },
  });
  expect(reply.status).toBe(204);
}

/** Waits until the server has the status; a server in ERROR fails at once. */
export function serverBecomes(
  cloud: Cloud,
  user: CloudUser,
  server: string,
  status: string,
): Promise<ServerView> {
  return poll({ everyMs: 500, timeoutMs: 60_000, what: `server ${server} to become ${status}` }, async () => {
    const view = await cloud.openstackJson<ServerView>(user, ['server', 'show', server]);
    if (view.status === 'ERROR' && status !== 'ERROR')
      throw new Error(`the server is in ERROR: ${JSON.stringify(view)}`);
    return view.status === status ? view : undefined;
  });
}

/** Usage of every resource of a user that is not zero. */
export async function usageOf(cloud: Cloud, token: string): Promise<Record<string, number>> {
  const reply = await fetch(`${cloud.astakosUrl}/account/v1.0/quotas`, {
    headers: { 'x-auth-token': token },
  });
  expect(reply.status).toBe(200);
  const quotas = (await reply.json()) as Record<string, Record<string, { usage: number; pending: number }>>;
  const used: Record<string, number> = {};
  for (const resources of Object.values(quotas)) {
    for (const [resource, { usage, pending }] of Object.entries(resources)) {
      if (usage !== 0 || pending !== 0) used[resource] = (used[resource] ?? 0) + usage;
    }
  }
  return used;
}

/** Waits until nothing is charged to the user any more, nor pending. */
export function usageBecomesZero(cloud: Cloud, token: string): Promise<void> {
  let last: Record<string, number> = {};
  return poll({ everyMs: 300, timeoutMs: 60_000, what: 'every quota to be back at zero' }, async () => {
    last = await usageOf(cloud, token);
    return Object.keys(last).length === 0 ? null : undefined;
  })
    .then(() => undefined)
    .catch((error: unknown) => {
      throw new Error(`${String(error)}: still ${JSON.stringify(last)}`);
    });
}
