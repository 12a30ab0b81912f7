import type { DataSource } from '@synnefo/database';
import { isCallbackSecret } from '../backend/callback-secret.js';

/** As much of a request as the check reads. */
interface CallbackRequest {
  readonly headers: { readonly authorization?: string };
  readonly params: unknown;
}

/** Whether a request carries, as a bearer, the secret of the cluster that its path names. @throws ItemNotFound for a cluster that is not ours */
export function callbackCheck(dataSource: DataSource): (request: CallbackRequest) => Promise<boolean> {
  return ({ headers, params }) => {
    const [, secret = null] = /^Bearer (\S+)$/i.exec(headers.authorization ?? '') ?? [];
    // The router has set what it found in the path; the routes that are checked so all have the parameter.
    const { cluster = '' } = params as { cluster?: string };
    return isCallbackSecret(dataSource, cluster, secret);
  };
}
