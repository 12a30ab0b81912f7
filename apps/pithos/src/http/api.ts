import { createHttpApp, type FaultFormat, type HttpApp } from '@synnefo/api';

import { type ApiParts, PithosModule } from '../app.module.js';
import { installStoreHooks, isRawBody } from './hooks.js';
import { hideUndecodablePaths } from './request-target.js';
import { PITHOS_MOUNT, SWIFT_MOUNT } from './store.controller.js';

/** Makes the HTTP application of Pithos; the caller lets it listen. */
export async function createApi(parts: ApiParts): Promise<HttpApp> {
  const app = await createHttpApp(PithosModule.forApi(parts), {
    logger: parts.logger,
    faultFormat,
    isRawBody,
  });
  installStoreHooks(app);
  hideUndecodablePaths(app.nest.getHttpServer(), [PITHOS_MOUNT, SWIFT_MOUNT]);
  return app;
}

/** Pithos clients want JSON faults; of Swift's errors clients look only at the status. */
function faultFormat(path: string): FaultFormat {
  return path.startsWith('/pithos/') ? 'openstack' : 'text';
}
