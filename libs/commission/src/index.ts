export { COMMISSION_TABLE_SQL, CommissionEntity } from './commission.entity.js';
export { Commissions, CommissionLost, type CommissionsOptions } from './commissions.js';
export { commissionQueue, type CommissionJob } from './commission.queue.js';
export { provisionsFor } from './provisions.js';
export { quotaFault } from './quota-fault.js';
