/** The frame stream over plain HTTP: what the live page gets, for other twins and scripts. */
import { z } from 'zod';
import { list, route, wholeNumber } from '../route.ts';

const frames = route({
  method: 'get',
  path: '/api/v1/frames',
  summary: 'A snapshot and then deltas, each as u32 length (little endian) and frame',
  tag: 'live',
  role: 'viewer',
  query: z.object({
    kind: z.string(),
    under: z.string().optional().describe('Only what stands in this entity.'),
    signals: z.string().describe('Comma-separated signals.'),
    everyMs: wholeNumber(100, 60_000).default(1000),
  }),
  answer: z.string().meta({ format: 'binary' }),
  contentType: 'application/octet-stream',
  handle({ query, request, response }, { feeds }) {
    const subscription = { ...query, signals: list(query.signals) ?? [] };
    const subscriber = feeds.open(subscription, {
      send(frame) {
        const length = Buffer.alloc(4);
        length.writeUInt32LE(frame.byteLength);
        response.cork();
        response.write(length);
        // A reader that does not keep up gets the newest state when it is ready again.
        const isTaken = response.write(frame);
        response.uncork();
        if (isTaken) subscriber.ready();
      },
      ended: () => void response.end(),
    });
    response.set({ 'content-type': 'application/octet-stream', 'cache-control': 'no-store' });
    response.on('drain', () => subscriber.ready());
    response.on('close', () => subscriber.close());
    response.flushHeaders();
    if (request.method === 'HEAD') response.end();
    else subscriber.start();
  },
});

export const frameRoutes = [frames];
