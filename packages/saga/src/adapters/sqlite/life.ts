/** Which process this is, and whether another one still lives: what lets a restarted program take its sagas up at once, before any lease has run out. */
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'

/** `host:pid:start`; the start tells a process from a later one of the same number, where the system says it. */
export function processLabel(): string {
  return `${hostname()}:${process.pid}:${startOf(process.pid)}`
}

/** True only if it is certain: the process was on this host and is no more. */
export function isGone(owner: string): boolean {
  const [, host, pid, start] = /^(.*):(\d+):(\d*)\//.exec(owner) ?? []
  if (host !== hostname() || pid === undefined) return false
  try {
    process.kill(Number(pid), 0)
  } catch (error) {
    return (error as { code?: string }).code === 'ESRCH'
  }
  const now = startOf(Number(pid))
  return start !== '' && now !== '' && start !== now
}

/** Linux: field 22 of /proc/pid/stat, ticks since boot; the command's name before it may contain anything, so it is skipped by its bracket. */
function startOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19] ?? ''
  } catch {
    return ''
  }
}
