export { AstakosClient, type AstakosClientOptions } from './client.js';
export { AstakosDown, AstakosError, NoHolding, QuotaExceeded, type RefusedProvision } from './errors.js';
export type {
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
