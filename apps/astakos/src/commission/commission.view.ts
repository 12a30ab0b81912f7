import type { ProvisionLine } from './apply-provisions.js';
import type { PendingCommission } from './commission.service.js';
import type { Resolution } from './resolve-commissions.js';
import { isoDateOffset } from '@synnefo/api';

export function commissionView(commission: PendingCommission & { provisions: ProvisionLine[] }): object {
  return {
    serial: commission.serial,
    name: commission.name,
    issue_time: isoDateOffset(commission.issuedAt),
    provisions: commission.provisions.map(({ holder, source, resource, quantity }) => ({
      holder,
      source,
      resource,
      quantity,
    })),
  };
}

/** Identity spec 2.4, "Bulk action". */
export function resolutionView(resolution: Resolution): object {
  const notFound = resolution.notFound.map((serial) => [
    serial,
    { itemNotFound: { message: `no commission ${serial}`, code: 404 } },
  ]);
  const conflicting = resolution.conflicting.map((serial) => [
    serial,
    { badRequest: { message: `${serial} is in both lists`, code: 400 } },
  ]);
  return {
    accepted: resolution.accepted,
    rejected: resolution.rejected,
    failed: [...notFound, ...conflicting],
  };
}
