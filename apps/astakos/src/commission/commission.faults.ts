import { Fault, ItemNotFound, OverLimit } from '@synnefo/api';
import type { Refusal } from './apply-provisions.js';

/** The fault of a refused commission; clients read `data` (identity spec 2.4). */
export function refusalFault(refusal: Refusal): Fault {
  const { holder, source, resource, quantity } = refusal.line;
  const provision = { holder, source, resource, quantity };
  switch (refusal.reason) {
    case 'holding':
      return new ItemNotFound(`There is no holding of ${resource} for ${holder}.`, {
        data: { name: 'NoHoldingError', provision },
      });
    case 'capacity':
      return new OverLimit(`${holder} has not enough capacity of ${resource}.`, {
        data: { name: 'NoCapacityError', limit: refusal.limit, usage: refusal.usage, provision },
      });
    case 'quantity':
      return new OverLimit(`${holder} has not enough quantity of ${resource} to give back.`, {
        data: { name: 'NoQuantityError', limit: refusal.limit, usage: refusal.usage, provision },
      });
  }
}
