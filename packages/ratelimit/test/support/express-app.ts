// Express as its users run it, in a process of its own: Node's plain resolution, without the conditions of the test runner.
import express from 'express'
import { rateLimit } from '../../src/adapters/express.ts'
import { manualClock } from '../../src/adapters/testing.ts'
import { createLimiter, perMinute } from '../../src/index.ts'

const app = express()
const limiter = createLimiter(perMinute(2), { clock: manualClock() })
app.use('/broken', rateLimit({ limiter, key: () => undefined as never }))
app.use('/limited', rateLimit({ limiter, key: (request: express.Request) => request.get('x-user') ?? 'all' }))
app.get('/limited', (_request, response) => void response.send('hello'))
app.use((error: Error, _request: express.Request, response: express.Response, _next: express.NextFunction) => void response.status(500).send(error.message))

const server = app.listen(0, '127.0.0.1', () => process.send?.((server.address() as { port: number }).port))
// The parent's end is ours.
process.once('disconnect', () => process.exit(0))
