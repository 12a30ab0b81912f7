import { createHash } from 'node:crypto';
import type { CycladesCloud, TestUser } from './harness.js';

const BLOCK = 4 * 1024 * 1024;
/** Trailing zeros are not hashed: every block of zeros has the hash of nothing, and is there already. */
const ZEROS = createHash('sha256').digest('hex');

/**
 * Stores zeros by hashmap and registers them as an image, as a client does.
 * @returns the image's id
 */
export async function uploadImage(
  cloud: CycladesCloud,
  owner: TestUser,
  { sizeBytes, isPublic }: { sizeBytes: number; isPublic: boolean },
): Promise<string> {
  const container = `${cloud.pithos.publicUrl}/object-store/v1/${owner.uuid}/images`;
  const headers = { 'x-auth-token': owner.token };
  const hashmap = { bytes: sizeBytes, hashes: Array<string>(Math.ceil(sizeBytes / BLOCK)).fill(ZEROS) };
  await expectOk(fetch(container, { method: 'PUT', headers }));
  await expectOk(
    fetch(`${container}/disk.raw?hashmap&format=json`, {
      method: 'PUT',
      headers: { ...headers, 'content-type': 'application/octet-stream' },
      body: JSON.stringify(hashmap),
    }),
  );
  const registered = await expectOk(
    fetch(`${cloud.url}/image/v1.0/images/`, {
      method: 'POST',
      headers: {
        ...headers,
        'x-image-meta-name': 'debian',
        'x-image-meta-location': `pithos://${owner.uuid}/images/disk.raw`,
        'x-image-meta-is-public': String(isPublic),
      },
    }),
  );
  return registered.headers.get('x-image-meta-id') ?? '';
}

async function expectOk(sent: Promise<Response>): Promise<Response> {
  const reply = await sent;
  if (!reply.ok) throw new Error(`${reply.url}: ${reply.status} ${await reply.text()}`);
  return reply;
}
