/** `work`, or a rejection with the signal's reason, whichever comes first. Leaves no listener behind. */
export async function abortable<T>(work: PromiseLike<T> | T, signal: AbortSignal | undefined): Promise<T> {
  const given = Promise.withResolvers<never>()
  const abort = (): void => given.reject(signal!.reason)
  if (signal?.aborted) abort()
  signal?.addEventListener('abort', abort)
  try {
    return await Promise.race([given.promise, work])
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}
