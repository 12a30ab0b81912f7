export { AstakosClient } from './client.js';
export { AstakosDown, AstakosError, NoHolding, QuotaExceeded, type RefusedProvision } from './errors.js';
export type {
  AstakosClientOptions,
  CommissionInfo,
  CommissionRequest,
  EndpointDocument,
  Provision,
  Quota,
  Resolution,
  ResourceDocument,
  ServiceDefinition,
  ServiceDocument,
  ServiceQuotas,
  TokenInfo,
} from './types.js';
export { parseBigJson } from './big-json.js';
