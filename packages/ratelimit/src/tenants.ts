/**
 * Limits that differ by tenant: looked up, cached, and shared fairly.
 */
export { createFairQueue, type FairQueue, type FairQueueOptions } from './tenants/fair.ts'
export { createTenantLimiter, type TenantLimiter, type TenantOptions } from './tenants/limiter.ts'
