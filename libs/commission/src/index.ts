export {
  CommissionReview,
  type CommissionReviewOptions,
  type ReviewedCommission,
  type Verdict,
} from './commission-review.js';
export { COMMISSION_TABLE_SQL, CommissionEntity } from './commission.entity.js';
export { Commissions, CommissionLost, type CommissionsOptions } from './commissions.js';
export { commissionQueue, type CommissionJob } from './commission.queue.js';
export { provisionsFor } from './provisions.js';
export { isRefusedDecrease, quotaFault } from './quota-fault.js';
export { correctUsage, type CountedUsage, reviewUsage, type UsageDifference } from './usage-review.js';
