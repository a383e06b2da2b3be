// A Worker that sends the mail that it is told to, as the edge does.
import { Mailer } from '@edgedag/steps/smtp/send'

const mailer = new Mailer({
  idleMs: 0,
  deadlines: { connectMs: 1_000, greetingMs: 1_000, silenceMs: 1_000, wholeMs: 5_000 },
})

export default {
  async fetch(request: Request): Promise<Response> {
    const { server, mail } = (await request.json()) as { server: never; mail: never }
    return Response.json(await mailer.send(server, mail))
  },
}
