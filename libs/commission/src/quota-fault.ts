import { Fault, Forbidden, ServiceUnavailable } from '@synnefo/api';
import { AstakosDown, NoHolding, QuotaExceeded } from '@synnefo/astakos-client';

/** Less cannot be given back: somebody else is giving back the same at this moment, or has done it. */
export function isRefusedDecrease(error: unknown): boolean {
  return error instanceof QuotaExceeded && error.quantity < 0n;
}

/**
 * The fault for a commission that failed; other errors come back as they are.
 * @param code 413 unless the face says otherwise (compute v2.1: 403, network: 409)
 */
export function quotaFault(error: unknown, code = 413): unknown {
  if (error instanceof QuotaExceeded) {
    const { resource, limit, usage, quantity } = error;
    const whose = error.holder.startsWith('project:') ? 'the project has' : 'you have';
    const details = `Limit for ${resource}: ${limit}, in use: ${usage}, asked for: ${quantity}.`;
    return new Fault(
      'overLimit',
      code,
      `Quota exceeded: ${whose} not enough of ${resource} left. ${details}`,
      { cause: error, details },
    );
  }
  if (error instanceof NoHolding)
    return new Forbidden(`You hold no ${error.resource} from this project.`, { cause: error });
  if (error instanceof AstakosDown)
    return new ServiceUnavailable('The quota service does not answer.', {
      cause: error,
      headers: { 'Retry-After': '5' },
    });
  return error;
}
