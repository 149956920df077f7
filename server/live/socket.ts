/** The live channel: socket.io at `/live`. Its messages: docs/api.md. */
import type { Server as HttpServer } from 'node:http';
import { Server, type Socket } from 'socket.io';
import { z } from 'zod';
import { wholeNumber } from '../api/route.ts';
import { seldom } from '../log.ts';
import type { Service } from '../service.ts';
import type { Subscriber } from './feeds.ts';

const subscribeSchema = z.object({
  id: z.string().min(1).max(100),
  kind: z.string(),
  under: z.string().optional(),
  signals: z.array(z.string()).min(1).max(32),
  everyMs: wholeNumber(100, 60_000).default(1000),
  resume: z
    .object({ stream: z.string().default(''), generation: z.int(), seq: z.int() })
    .optional(),
});
type Subscribe = z.output<typeof subscribeSchema>;

type Answer = { ok: true; id: string; stream: string } | { ok: false; error: string };

/** Above the time in which socket.io finds out that a peer has gone. */
const ACK_TIMEOUT_MS = 60_000;
const MAX_SUBSCRIPTIONS = 16;
const MAX_MESSAGE_BYTES = 64 * 1024;

interface LiveChannel {
  readonly clients: () => number;
  close(): Promise<void>;
}

export function createLiveChannel(http: HttpServer, service: Service): LiveChannel {
  const { maxLiveClients } = service.config.http;
  // A client that is refused comes again every few seconds.
  const refused = seldom((refusal: string, unsaid) =>
    service.log.warn({ refusal, unsaid, path: '/live' }, 'live client refused'),
  );
  const io = new Server(http, {
    path: '/live',
    serveClient: false,
    maxHttpBufferSize: MAX_MESSAGE_BYTES,
    // For who connects and then shows no token.
    connectTimeout: 5000,
    allowRequest(request, done) {
      const isFull = io.engine.clientsCount >= maxLiveClients;
      const full = isFull ? `more than ${maxLiveClients} live clients` : undefined;
      const refusal = service.checkOrigin(request) ?? full;
      if (refusal) refused(refusal);
      done(refusal ?? null, refusal === undefined);
    },
  });
  io.use((socket, next) => {
    const token: unknown = socket.handshake.auth.token;
    const header =
      typeof token === 'string' ? `Bearer ${token}` : socket.handshake.headers.authorization;
    const identity = service.authenticate(header);
    next(typeof identity === 'string' ? new Error(`401: ${identity} token`) : undefined);
  });
  io.on('connection', socket => serve(socket, service));
  service.live.onGeneration(topology => io.emit('generation', { generation: topology.generation }));
  return { clients: () => io.engine.clientsCount, close: () => io.close() };
}

function serve(socket: Socket, service: Service) {
  const subscribers = new Map<string, Subscriber>();
  const end = (id: string) => {
    subscribers.get(id)?.close();
    subscribers.delete(id);
  };
  socket.on('subscribe', (request: unknown, ack: unknown) => {
    const { answer, start } = subscribe(request);
    // A client may send anything in place of the function.
    if (typeof ack === 'function') ack(answer);
    start?.();
  });
  socket.on('unsubscribe', (request: unknown, ack: unknown) => {
    const { id } = z.object({ id: z.string() }).safeParse(request).data ?? {};
    if (id !== undefined) end(id);
    if (typeof ack === 'function') ack({ ok: id !== undefined });
  });
  socket.on('disconnect', () => {
    for (const id of [...subscribers.keys()]) end(id);
  });

  function subscribe(request: unknown): { answer: Answer; start?: () => void } {
    const parsed = subscribeSchema.safeParse(request);
    if (!parsed.success) {
      const [{ path, message }] = parsed.error.issues;
      return refused([path.join('.'), message].filter(Boolean).join(': '));
    }
    const { id, resume } = parsed.data;
    if (subscribers.size >= MAX_SUBSCRIPTIONS && !subscribers.has(id)) {
      return refused(`more than ${MAX_SUBSCRIPTIONS} subscriptions on one connection`);
    }
    try {
      const subscriber = open(parsed.data);
      end(id);
      subscribers.set(id, subscriber);
      const { stream } = subscriber;
      return { answer: { ok: true, id, stream }, start: () => subscriber.start(resume) };
    } catch (error) {
      return refused((error as Error).message);
    }
  }

  function open(wanted: Subscribe): Subscriber {
    const { id, kind, under, signals, everyMs } = wanted;
    let inFlight = 0;
    const subscriber = service.feeds.open(
      { kind, under, signals, everyMs },
      {
        send(frame) {
          const sent = ++inFlight;
          const patience = setTimeout(() => {
            inFlight++;
            subscriber.lost();
          }, ACK_TIMEOUT_MS).unref();
          socket.emit('frame', id, frame, () => {
            clearTimeout(patience);
            // An answer that comes after all to a frame given up says nothing of the next.
            if (sent === inFlight) subscriber.ready();
          });
        },
        ended(why) {
          if (subscribers.get(id) === subscriber) subscribers.delete(id);
          socket.emit('ended', { id, why });
        },
      },
    );
    return subscriber;
  }
}

const refused = (error: string) => ({ answer: { ok: false as const, error } });
