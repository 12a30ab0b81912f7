import { CommissionService } from '../commission/commission.service.js';
import { TokenService } from '../token/token.service.js';

// Longer than any client repeats a request.
const IDEMPOTENCY_KEY_HOURS = 24;

/** Deletes expired tokens and old idempotency keys; safe beside itself. */
export class EndExpired {
  constructor(
    private readonly tokens: TokenService,
    private readonly commissions: CommissionService,
  ) {}

  async run(): Promise<{ tokens: number; keys: number }> {
    const tokens = await this.tokens.deleteExpired();
    const keys = await this.commissions.forgetOldKeys(IDEMPOTENCY_KEY_HOURS);
    return { tokens, keys };
  }
}
