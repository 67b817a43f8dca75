// Promise: a service's plain "no" is told apart from a failure everywhere: it had no effect, and asking again changes nothing.

export class Refusal extends Error {
  override readonly name: string = 'Refusal'
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.code = code
  }
}
