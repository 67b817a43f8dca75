// Promise: days before the course and speeds read the same on the page and in the terminal.

/** `3 days/s`; `as fast as it goes` for max. */
export const paceText = (speed: string): string =>
  speed === 'max' ? 'as fast as it goes' : Number.isFinite(Number(speed)) ? `${speed} days/s` : speed

/** Days are counted from the course's start; registrations come before it. */
export const dayText = (day: number): string => (day < 0 ? `−${-day}` : String(day))
