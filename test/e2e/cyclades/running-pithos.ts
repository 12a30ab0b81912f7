import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { remoteVerifier } from '@synnefo/auth';
import { loadConfig, type Logger } from '@synnefo/runtime';
import { freePort } from '@synnefo/testing';
import { configSchema } from '../../../apps/pithos/src/config.js';
import { createApi } from '../../../apps/pithos/src/http/api.js';
import { serviceDocument } from '../../../apps/pithos/src/service-document.js';
import { openParts } from '../../../apps/pithos/src/start.js';

export interface PithosParams {
  readonly dir: string;
  readonly busUrl: string;
  readonly databaseUrl: string;
  readonly astakosUrl: string;
  readonly componentToken: string;
  readonly secret: string;
  readonly logger: Logger;
}

export interface RunningPithos {
  readonly url: string;
  /** The Pithos face, `…/pithos/object-store/v1` below it. */
  readonly publicUrl: string;
  readonly swiftUrl: string;
  close(): Promise<void>;
}

/** Pithos as it runs in production, in this process: on the blocks that Cyclades uses too. */
export async function startPithos(params: PithosParams): Promise<RunningPithos> {
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const [token, secret] = [path.join(params.dir, 'pithos-token'), path.join(params.dir, 'pithos-secret')];
  await writeFile(token, params.componentToken);
  await writeFile(secret, params.secret);
  const config = loadConfig(configSchema, {
    SYNNEFO_NAME_PREFIX: 'snftest-',
    SYNNEFO_BUS_URL: params.busUrl,
    PITHOS_PORT: String(port),
    PITHOS_BASE_URL: `${base}/pithos`,
    PITHOS_SWIFT_URL: `${base}/v1`,
    PITHOS_DATABASE_URL: params.databaseUrl,
    PITHOS_COMPONENT_TOKEN_FILE: token,
    PITHOS_SECRET_FILE: secret,
    ASTAKOS_URL: params.astakosUrl,
    ARCHIPELAGO_STORE: `dir:${path.join(params.dir, 'store')}`,
  });
  const closers: (() => Promise<void> | void)[] = [];
  const shutdown = {
    onStop: (_: string, fn: () => Promise<void> | void) => void closers.push(fn),
    signal: new AbortController().signal,
  };
  const { parts, queues, astakos } = await openParts(config, params.logger, shutdown);
  const app = await createApi({
    ...parts,
    verifier: remoteVerifier(astakos, { bus: queues.bus }),
    secret: config.PITHOS_SECRET_FILE,
    face: { swiftUrl: config.PITHOS_SWIFT_URL },
    loginUrl: `${config.ASTAKOS_URL}/identity/v3`,
  });
  await astakos.registerServices(
    serviceDocument({ baseUrl: config.PITHOS_BASE_URL, swiftUrl: config.PITHOS_SWIFT_URL }),
  );
  await app.listen(port);
  return {
    url: `${config.PITHOS_BASE_URL}/internal/v1`,
    publicUrl: config.PITHOS_BASE_URL,
    swiftUrl: config.PITHOS_SWIFT_URL,
    close: async () => {
      await app.close();
      for (const close of closers.reverse()) await close();
    },
  };
}
