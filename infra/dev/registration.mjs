// Limits can be set once Astakos knows the resources, which Cyclades and Pithos register when they start.
import { setTimeout as sleep } from 'node:timers/promises';
import { Failure } from './failure.mjs';
import { call } from './http.mjs';
import { say } from './screen.mjs';

const EVERY_MS = 200;
const LIMIT_MS = 180_000;
const TELL_AFTER_MS = 5_000;

/** Waits until Astakos knows all `resources`. @throws Failure naming who has not registered */
export async function untilRegistered({ urls, data }, resources) {
  const startedAt = Date.now();
  let hasTold = false;
  for (;;) {
    const missing = await missingOf(urls, resources);
    if (missing.length === 0) return;
    const waitedMs = Date.now() - startedAt;
    const who = [...new Set(missing.map((name) => name.split('.')[0]))];
    if (waitedMs > LIMIT_MS)
      throw new Failure(
        `${who.join(' and ')} did not register at Astakos in ${LIMIT_MS / 1000} s (${missing[0]} is missing); see ${who.map((name) => data.file('log', `${name}-api.log`)).join(', ')}`,
      );
    if (!hasTold && waitedMs > TELL_AFTER_MS) {
      say(`waiting for ${who.join(' and ')} to register at Astakos`);
      hasTold = true;
    }
    await sleep(EVERY_MS);
  }
}

async function missingOf(urls, resources) {
  try {
    const reply = await call('listing resources', `${urls.astakos}/account/v1.0/resources`);
    const known = await reply.json();
    return resources.filter((name) => known[name] === undefined);
  } catch (error) {
    if (error instanceof Failure) return resources; // Astakos is being started again
    throw error;
  }
}
