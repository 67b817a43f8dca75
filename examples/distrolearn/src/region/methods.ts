// Promise: a service is its methods by name; a call to one that is not there is a plain no.

import { RemoteError } from '../mesh/errors.ts'
import type { Local } from '../mesh/mesh.ts'
import type { ServiceName } from '../mesh/registry.ts'

/** Payloads come from our own regions, signed; each method names the shape that it takes. */
export type Methods = Partial<Record<ServiceName, Record<string, (payload: never) => unknown>>>

export function serving(region: string, methods: () => Methods): Local {
  return async (service, method, payload) => {
    const found = methods()[service]
    if (found === undefined || !Object.hasOwn(found, method)) throw new RemoteError('no-such-method', `${region} does not serve ${service}.${method}`)
    return found[method]?.(payload as never)
  }
}
