/** A Chromium without a window, driven over a pipe by its DevTools protocol. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

/** An event of a trace, in the format that Chromium's own viewers read; times in µs. */
export interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly ts: number;
  readonly dur?: number;
  /** Of `dur`, what the thread had a processor for. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

export interface Tab {
  send(method: string, params?: object): Promise<Record<string, unknown>>;
  /** What the browser's threads do meanwhile, as far as it belongs to these categories. */
  traced(categories: readonly string[], work: () => Promise<unknown>): Promise<TraceEvent[]>;
  close(): Promise<void>;
}

/** Path of the browser, if there is one on the PATH. */
export const chromiumPath = (): string | undefined =>
  (process.env.PATH ?? '')
    .split(':')
    .flatMap(folder => ['chromium', 'chromium-browser', 'google-chrome'].map(n => join(folder, n)))
    .find(path => existsSync(path));

const ARGS = [
  ...['--headless', '--remote-debugging-pipe', '--no-first-run', '--disable-gpu'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
}

/** Opens an empty page of this size. @param dir folder for the browser's files */
export async function openTab(path: string, dir: string, size: [number, number]): Promise<Tab> {
  // As root it runs without its sandbox only.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const args = [...ARGS, ...sandbox, `--user-data-dir=${dir}`, `--window-size=${size}`];
  const child = spawn(path, [...args, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  });
  const line = talk(child);
  const { targetInfos } = (await line.send('Target.getTargets')) as {
    targetInfos: { type: string; targetId: string }[];
  };
  const targetId = targetInfos.find(({ type }) => type === 'page')?.targetId;
  const attached = await line.send('Target.attachToTarget', { targetId, flatten: true });
  const sessionId = attached.sessionId as string;
  return {
    send: (method, params) => line.send(method, params, sessionId),
    async traced(categories, work) {
      const events: TraceEvent[] = [];
      line.hear('Tracing.dataCollected', ({ value }) => events.push(...(value as TraceEvent[])));
      const complete = new Promise<object>(resolve =>
        line.hear('Tracing.tracingComplete', resolve),
      );
      await line.send('Tracing.start', {
        transferMode: 'ReportEvents',
        traceConfig: { includedCategories: categories, excludedCategories: ['*'] },
      });
      await work();
      await line.send('Tracing.end');
      await complete;
      return events;
    },
    async close() {
      const ended = new Promise(resolve => child.once('exit', resolve));
      child.kill();
      await ended;
    },
  };
}

interface Line {
  send(method: string, params?: object, sessionId?: string): Promise<Record<string, unknown>>;
  /** Takes the place of whoever heard it before. */
  hear(method: string, heard: (params: Record<string, unknown>) => void): void;
}

/** Messages in JSON with a zero byte behind each, in on one pipe and out on another. */
function talk(child: ChildProcess): Line {
  const [, , , input, output] = child.stdio as unknown as [0, 0, 0, Writable, Readable];
  const waiting = new Map<number, PromiseWithResolvers<Record<string, unknown>>>();
  const hearing = new Map<string, (params: Record<string, unknown>) => void>();
  let sent = 0;
  let pieces: Buffer[] = [];

  function take({ id, method, params = {}, result = {}, error }: Message) {
    if (method) hearing.get(method)?.(params);
    const asked = waiting.get(id ?? -1);
    waiting.delete(id ?? -1);
    if (error) asked?.reject(new Error(`the browser: ${error.message}`));
    else asked?.resolve(result);
  }

  output.on('data', (chunk: Buffer) => {
    let from = 0;
    for (let end = chunk.indexOf(0); end >= 0; end = chunk.indexOf(0, from)) {
      const text = Buffer.concat([...pieces, chunk.subarray(from, end)]).toString();
      pieces = [];
      from = end + 1;
      take(JSON.parse(text));
    }
    if (from < chunk.length) pieces.push(chunk.subarray(from));
  });
  child.once('exit', code => {
    for (const { reject } of waiting.values()) reject(new Error(`the browser ended with ${code}`));
  });
  return {
    send(method, params = {}, sessionId) {
      const asked = Promise.withResolvers<Record<string, unknown>>();
      waiting.set(++sent, asked);
      const session = sessionId ? { sessionId } : {};
      input.write(`${JSON.stringify({ id: sent, method, params, ...session })}\0`);
      return asked.promise;
    },
    hear: (method, heard) => void hearing.set(method, heard),
  };
}
