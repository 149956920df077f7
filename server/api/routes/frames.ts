/** The frame stream over plain HTTP: what the live page gets, for other twins and scripts. */
import { z } from 'zod';
import { createFeed } from '../../live/feed.ts';
import { route } from '../route.ts';

const frames = route({
  method: 'get',
  path: '/api/v1/frames',
  summary: 'A snapshot and then deltas, each as u32 length (little endian) and frame',
  tag: 'live',
  role: 'viewer',
  query: z.object({
    kind: z.string(),
    under: z.string().optional(),
    signals: z.string().describe('Comma-separated signals.'),
    everyMs: z.coerce.number().int().min(100).max(60_000).default(1000),
  }),
  answer: z.string().meta({ format: 'binary' }),
  contentType: 'application/octet-stream',
  handle({ query, response }, { live }) {
    const feed = createFeed(live, query);
    response.set('content-type', 'application/octet-stream');
    response.flushHeaders();
    const send = () => {
      // A reader that does not keep up gets the newest state when it is ready again.
      if (response.writableNeedDrain) return;
      const frame = feed.next();
      if (!frame) return;
      const length = Buffer.alloc(4);
      length.writeUInt32LE(frame.byteLength);
      response.write(Buffer.concat([length, frame]));
    };
    send();
    const timer = setInterval(send, query.everyMs);
    response.on('close', () => clearInterval(timer));
  },
});

export const frameRoutes = [frames];
