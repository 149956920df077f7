/**
 * The live channel: socket.io at `/live`. A subscription is a room of its own on one connection; its
 * next frame is made only when the last one is acknowledged, so a slow client gets the newest state
 * and never a queue.
 */
import type { Server as HttpServer } from 'node:http';
import { Server, type Socket } from 'socket.io';
import { z } from 'zod';
import type { Service } from '../service.ts';
import { createFeed, type Feed } from './feed.ts';

const subscribeSchema = z.object({
  id: z.string().min(1).max(100),
  kind: z.string(),
  under: z.string().optional(),
  signals: z.array(z.string()).min(1).max(32),
  everyMs: z.number().int().min(100).max(60_000).default(1000),
  resume: z.object({ generation: z.int(), seq: z.int() }).optional(),
});
type Subscribe = z.output<typeof subscribeSchema>;
type Ack = (answer: { ok: boolean; id?: string; error?: string }) => void;

const ACK_TIMEOUT_MS = 30_000;
const MAX_SUBSCRIPTIONS = 16;

export interface LiveChannel {
  readonly clients: () => number;
  close(): Promise<void>;
}

export function createLiveChannel(http: HttpServer, service: Service): LiveChannel {
  const io = new Server(http, {
    path: '/live',
    serveClient: false,
    maxHttpBufferSize: 100_000,
    connectionStateRecovery: { maxDisconnectionDuration: 60_000 },
  });
  io.use((socket, next) => {
    const token: unknown = socket.handshake.auth.token;
    const header =
      typeof token === 'string' ? `Bearer ${token}` : socket.handshake.headers.authorization;
    const identity = service.authenticate(header);
    next(typeof identity === 'string' ? new Error(`${identity} token`) : undefined);
  });
  io.on('connection', socket => serve(socket, service));
  service.live.onGeneration(topology => io.emit('generation', { generation: topology.generation }));
  return { clients: () => io.engine.clientsCount, close: () => io.close() };
}

function serve(socket: Socket, service: Service) {
  const streams = new Map<string, Stream>();
  socket.on('subscribe', (request: unknown, ack?: Ack) => {
    const parsed = subscribeSchema.safeParse(request);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      ack?.({ ok: false, error: `${issue.path.join('.')}: ${issue.message}` });
      return;
    }
    const { id } = parsed.data;
    if (streams.size >= MAX_SUBSCRIPTIONS && !streams.has(id)) {
      ack?.({ ok: false, error: `more than ${MAX_SUBSCRIPTIONS} subscriptions on one connection` });
      return;
    }
    try {
      const stream = startStream(socket, service, parsed.data);
      streams.get(id)?.stop();
      streams.set(id, stream);
      ack?.({ ok: true, id });
    } catch (error) {
      ack?.({ ok: false, error: (error as Error).message });
    }
  });
  socket.on('unsubscribe', (request: unknown) => {
    const id = z.object({ id: z.string() }).safeParse(request).data?.id ?? '';
    streams.get(id)?.stop();
    streams.delete(id);
  });
  socket.on('disconnect', () => {
    for (const stream of streams.values()) stream.stop();
  });
}

interface Stream {
  stop(): void;
}

/** Frames at the wanted pace, one in flight. */
function startStream(socket: Socket, service: Service, wanted: Subscribe): Stream {
  const feed: Feed = createFeed(service.live, { ...wanted, signals: wanted.signals.join(',') });
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  const again = () => {
    if (!isStopped) timer = setTimeout(send, wanted.everyMs);
  };
  const send = () => {
    const frame = feed.next();
    if (!frame) return again();
    socket.timeout(ACK_TIMEOUT_MS).emit('frame', wanted.id, frame, (late: Error | null) => {
      if (late) service.log.debug({ subscription: wanted.id }, 'a frame was not acknowledged');
      again();
    });
  };
  send();
  return {
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}
