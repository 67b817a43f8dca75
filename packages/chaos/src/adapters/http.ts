/**
 * Faults on the serving side.
 *
 * @module
 */
export { faults } from '../index.ts'
