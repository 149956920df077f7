/** Serves the built page, the mock's REST answers and its frames, with a strict security policy. */
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { Server, type Socket } from 'socket.io';
import {
  encodeFrame,
  type FrameSection,
  KIND_INDEX,
  type Kind,
  signalIndex,
} from '../../../twin/index.ts';
import { ANSWERS } from './answers.ts';
import { buildMockSite, type MockSite, type MockSize, read } from './site.ts';

const BUILT = join(import.meta.dirname, '..', 'dist');
const POLICY = [
  ...["default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self'"],
  ...["connect-src 'self'", "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'"],
].join('; ');
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

export interface MockOptions {
  readonly size?: MockSize;
  readonly port?: number;
  /** Every request needs this token. */
  readonly token?: string;
  readonly frameEveryMs?: number;
  /** Folder of the built page. */
  readonly dist?: string;
}

export interface Mock {
  readonly url: string;
  readonly site: MockSite;
  /** A row more: another topology generation, in which indices mean other entities. */
  grow(): void;
  /** Frames that the page has acknowledged. */
  acknowledged(): number;
  close(): Promise<void>;
}

interface Live {
  site: MockSite;
  generation: number;
}

const DEMO: MockSize = { rows: 4, racksPerRow: 10, hostsPerRack: 4 };

export async function startMock(options: MockOptions = {}): Promise<Mock> {
  const live: Live = { site: buildMockSite(options.size ?? DEMO), generation: 1 };
  const http = createServer((request, response) => {
    answer(live, request, response, options).catch(error => {
      response.writeHead(500).end(String(error));
    });
  });
  const io = new Server(http, { path: '/live', serveClient: false });
  io.use((socket, next) => {
    const isKnown = !options.token || socket.handshake.auth.token === options.token;
    next(isKnown ? undefined : new Error('Unauthorized'));
  });
  let acknowledged = 0;
  io.on('connection', socket =>
    serveFrames(live, socket, options.frameEveryMs ?? 1000, () => {
      acknowledged++;
    }),
  );
  await new Promise<void>(done => http.listen(options.port ?? 0, '127.0.0.1', done));
  const { port } = http.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    site: live.site,
    grow() {
      const { size } = live.site;
      live.site = buildMockSite({ ...size, rows: size.rows + 1 });
      live.generation++;
      io.emit('generation', { generation: live.generation });
    },
    acknowledged: () => acknowledged,
    close: async () => {
      // A browser opens connections ahead, which a server that only stops listening waits for.
      const stopped = new Promise<void>(resolve => http.close(() => resolve()));
      http.closeAllConnections();
      await io.close();
      await stopped;
    },
  };
}

async function answer(
  live: Live,
  request: IncomingMessage,
  response: ServerResponse,
  { token, dist = BUILT }: MockOptions,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://mock');
  if (!url.pathname.startsWith('/api/v1/')) return serveFile(dist, url.pathname, response);
  const problem = (status: number, title: string) =>
    response
      .writeHead(status, { 'content-type': 'application/problem+json' })
      .end(JSON.stringify({ type: 'about:blank', title, status }));
  if (token && request.headers.authorization !== `Bearer ${token}`) {
    problem(401, 'Unauthorized');
    return;
  }
  const [name, id = ''] = url.pathname.slice('/api/v1/'.length).split('/').map(decodeURIComponent);
  const text = await bodyOf(request);
  const body = text ? (JSON.parse(text) as Record<string, unknown>) : {};
  const ask = { ...live, nowMs: Date.now(), params: url.searchParams, id, body };
  const found = ANSWERS[name]?.(ask);
  if (found === undefined) {
    problem(404, 'Not found');
    return;
  }
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(found));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}

async function serveFile(dist: string, path: string, response: ServerResponse): Promise<void> {
  const name = path === '/' ? 'index.html' : normalize(path).replace(/^[/.]+/, '');
  const bytes = await readFile(join(dist, name)).catch(() => undefined);
  if (!bytes) {
    response.writeHead(404).end();
    return;
  }
  const type = TYPES[extname(name)] ?? 'application/octet-stream';
  response.writeHead(200, { 'content-type': type, 'content-security-policy': POLICY }).end(bytes);
}

interface Wish {
  readonly id: string;
  readonly under: string;
  readonly kind: Kind;
  readonly signals: readonly string[];
}

/** Sends a snapshot a period, and none before the last is acknowledged. */
function serveFrames(
  live: Live,
  socket: Socket,
  everyMs: number,
  onAcknowledged: () => void,
): void {
  const timers = new Map<string, NodeJS.Timeout>();
  socket.on('subscribe', (wish: Wish, reply: (answer: { ok: true; id: string }) => void) => {
    clearInterval(timers.get(wish.id));
    reply({ ok: true, id: wish.id });
    let isWaiting = false;
    let seq = 0;
    const send = () => {
      if (isWaiting) return;
      isWaiting = true;
      socket.emit('frame', wish.id, Buffer.from(frameFor(live, wish, seq++)), () => {
        isWaiting = false;
        onAcknowledged();
      });
    };
    send();
    timers.set(wish.id, setInterval(send, everyMs));
  });
  const stop = (id: string) => {
    clearInterval(timers.get(id));
    timers.delete(id);
  };
  socket.on('unsubscribe', ({ id }: { id: string }) => stop(id));
  socket.on('disconnect', () => {
    for (const id of [...timers.keys()]) stop(id);
  });
}

function frameFor({ site, generation }: Live, wish: Wish, seq: number): Uint8Array {
  const nowMs = Date.now();
  const chosen = site.entities.filter(
    entity => entity.kind === wish.kind && entity.path.some(step => step.id === wish.under),
  );
  const sections = wish.signals.map((signal): FrameSection => {
    const readings = chosen.map(entity => read(site, entity, signal, nowMs));
    return {
      signal: signalIndex(signal),
      kind: KIND_INDEX[wish.kind],
      entities: Uint32Array.from(chosen, entity => entity.index),
      values: Float32Array.from(readings, one => one.value),
      agesS: Float32Array.from(readings, one => one.ageS),
      qualities: Uint8Array.from(readings, one => one.quality),
    };
  });
  return encodeFrame({ snapshot: true, generation, seq, atMs: nowMs, sections });
}
