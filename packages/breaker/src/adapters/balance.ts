/**
 * Calls spread over several hosts: the cheaper of two takes each call, and hosts that fail are left out for a while.
 *
 * @module
 */
export { createBalancer } from '../balance/balancer.ts'
export type { Balancer, BalancerEvent, HostView } from '../balance/balancer.ts'
export type { Discovery } from '../balance/discovery.ts'
export type { BalancerOptions } from '../balance/settings.ts'
export { NoHostError } from '../ground/errors.ts'
