/**
 * Clients of the live channel that ask for what the page asks and acknowledge each frame at once. A
 * process of its own, so that what they use is not counted as the service's. They speak socket.io
 * themselves: a thousand clients of its own library would take more than the service does.
 */
import { decodeFrame } from '../../twin/index.ts';
import { VIEWS } from './live-views.ts';
import { quantile } from './machine.ts';

/** What the process is asked over its channel; each question has one answer. */
export type Ask = { readonly open: number } | { readonly countMs: number };

export interface Tally {
  /** Frames of the floor, of all clients. */
  readonly frames: number;
  /** Bytes of one of them, mean. */
  readonly bytesAFrame: number;
  /** From the moment that the service made it for until it was here, ms. */
  readonly delayP50Ms: number;
  readonly delayP99Ms: number;
  /** Which the service made and a client did not get, because it had not acknowledged the last. */
  readonly leftOut: number;
  /** Connections that have ended since the start. */
  readonly lost: number;
}

/** Connections made at once. */
const OPENING = 20;
const SNAPSHOT_MS = 60_000;

/** Packets of engine.io 4 with those of socket.io 5 in them. */
const OPEN = '0';
const PING = '2';
const PONG = '3';
const CONNECT = '40';
const REFUSED = /^44|"ok":false/;
const FRAME = /^451-(\d+)\["frame","(\w+)"/;

interface Counting {
  readonly delaysMs: number[];
  bytes: number;
  leftOut: number;
}

let counting: Counting | undefined;
let lost = 0;

/** Connects, and is there when each of the views has come once. */
function openClient(url: string, site: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const late = setTimeout(reject, SNAPSHOT_MS, new Error('a client got no snapshot'));
  const socket = new WebSocket(`${url.replace('http', 'ws')}/live/?EIO=4&transport=websocket`);
  socket.binaryType = 'arraybuffer';
  const seqs = new Map<string, number>();
  let announced = { ack: '', view: '' };

  function frameCame(bytes: ArrayBuffer) {
    const { ack, view } = announced;
    const { seq, atMs } = decodeFrame(new Uint8Array(bytes));
    if (view === 'floor' && counting) {
      counting.delaysMs.push(Date.now() - atMs);
      counting.bytes += bytes.byteLength;
      counting.leftOut += seq - (seqs.get(view) ?? seq - 1) - 1;
    }
    seqs.set(view, seq);
    socket.send(`43${ack}[]`);
    if (seqs.size < VIEWS.length) return;
    clearTimeout(late);
    resolve();
  }

  function textCame(text: string) {
    const [, ack, view] = FRAME.exec(text) ?? [];
    if (ack) announced = { ack, view };
    else if (text === PING) socket.send(PONG);
    else if (text.startsWith(OPEN)) socket.send(CONNECT);
    else if (REFUSED.test(text)) reject(new Error(text));
    else if (text.startsWith(CONNECT)) {
      for (const [i, view] of VIEWS.entries()) {
        socket.send(`42${i}${JSON.stringify(['subscribe', { ...view, under: site }])}`);
      }
    }
  }

  socket.addEventListener('message', ({ data }) => {
    if (typeof data === 'string') textCame(data);
    else frameCame(data as ArrayBuffer);
  });
  socket.addEventListener('close', () => {
    lost++;
    reject(new Error('the service closed the connection'));
  });
  return promise;
}

async function openClients(url: string, site: string, count: number): Promise<void> {
  for (let left = count; left > 0; left -= OPENING) {
    const part = Array.from({ length: Math.min(left, OPENING) }, () => openClient(url, site));
    await Promise.all(part);
  }
}

async function countFor(forMs: number): Promise<Tally> {
  const counted: Counting = { delaysMs: [], bytes: 0, leftOut: 0 };
  counting = counted;
  await new Promise(resolve => setTimeout(resolve, forMs));
  counting = undefined;
  const { delaysMs, bytes, leftOut } = counted;
  return {
    frames: delaysMs.length,
    bytesAFrame: bytes / delaysMs.length,
    delayP50Ms: quantile(delaysMs, 0.5),
    delayP99Ms: quantile(delaysMs, 0.99),
    ...{ leftOut, lost },
  };
}

const [url, site] = process.argv.slice(2);
process.on('message', async (ask: Ask) => {
  const answer =
    'open' in ask ? await openClients(url, site, ask.open) : await countFor(ask.countMs);
  process.send?.(answer ?? {});
});
// Whoever started it has gone.
process.once('disconnect', () => process.exit());
