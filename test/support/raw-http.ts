/** Connections by hand, for requests that no HTTP client would send. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

interface RawConnection {
  readonly socket: Socket;
  /** What has come so far. */
  text(): string;
  /** Until the server has closed it; everything that came. @throws Error after `withinMs` */
  closed(withinMs: number): Promise<string>;
  /** Until what has come is enough. @throws Error after `withinMs` */
  until(isEnough: (text: string) => boolean, withinMs: number): Promise<string>;
}

export async function openRaw(url: string): Promise<RawConnection> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let text = '';
  let isClosed = false;
  const closed = new Promise<void>(resolve => {
    socket.once('close', () => {
      isClosed = true;
      resolve();
    });
  });
  socket.on('data', piece => {
    text += piece.toString('latin1');
  });
  // That the server cuts us off is what is looked at.
  socket.on('error', () => {});
  await once(socket, 'connect');
  return {
    socket,
    text: () => text,
    async closed(withinMs) {
      await within(closed, withinMs, () => `still open: ${text.slice(0, 200)}`);
      return text;
    },
    async until(isEnough, withinMs) {
      const endAt = performance.now() + withinMs;
      while (!isEnough(text)) {
        if (isClosed || performance.now() > endAt) throw new Error(`only: ${text.slice(0, 200)}`);
        await new Promise(resolve => setTimeout(resolve, 10));
      }
      return text;
    },
  };
}

async function within(promise: Promise<void>, ms: number, why: () => string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(why())), ms);
  });
  await Promise.race([promise, tooLate]).finally(() => clearTimeout(timer));
}

/** Status codes of the answers in what came over a connection, in order. */
export const statusesIn = (text: string) =>
  [...text.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
