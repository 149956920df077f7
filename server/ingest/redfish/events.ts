/**
 * Server-sent events of a BMC's event service: kept open, reopened with growing pauses. What cannot
 * be understood is counted; a BMC that offers the stream and then has none is left alone.
 */
import type { IncomingMessage } from 'node:http';
import { backoffMs, DEFAULT_BACKOFF } from '../bmc/breaker.ts';
import type { Timers } from '../bmc/timers.ts';
import { type JsonObject, parseBody } from './json.ts';

/** Largest event taken, a metric report of all sensors among them. */
const MAX_EVENT_BYTES = 4 * 1024 * 1024;
const NOT_OFFERED = new Set([400, 404, 405, 406, 501]);

interface EventOptions {
  readonly id: string;
  readonly timers: Timers;
  open(signal: AbortSignal): Promise<IncomingMessage>;
  received(body: JsonObject): void;
  drop(why: string): void;
  /** Something to tell an operator once. */
  say(text: string): void;
}

/** Starts following. @returns a function that ends it */
export function followEvents(options: EventOptions): () => void {
  const abort = new AbortController();
  let failures = 0;
  let cancel = () => {};

  async function follow(): Promise<void> {
    try {
      const response = await options.open(abort.signal);
      const status = response.statusCode ?? 0;
      if (status !== 200) {
        response.resume();
        if (NOT_OFFERED.has(status)) {
          options.say(`event stream is offered but answers HTTP ${status}; going on by polling`);
          return;
        }
        throw new Error(`HTTP ${status}`);
      }
      failures = 0;
      await readEvents(response, options);
      throw new Error('stream ended');
    } catch {
      if (abort.signal.aborted) return;
      options.drop('event stream interrupted');
      failures++;
      cancel = options.timers.after(backoffMs(DEFAULT_BACKOFF, options.id, failures), () => {
        void follow();
      });
    }
  }

  void follow();
  return () => {
    cancel();
    abort.abort(new Error('source stopped'));
  };
}

async function readEvents(response: IncomingMessage, options: EventOptions): Promise<void> {
  let rest = '';
  response.setEncoding('utf8');
  for await (const chunk of response) {
    const blocks = (rest + chunk).replace(/\r\n/g, '\n').split('\n\n');
    rest = blocks.pop() ?? '';
    if (rest.length > MAX_EVENT_BYTES) throw new Error('event too large');
    for (const block of blocks) takeBlock(block, options);
  }
}

/** One event: its `data` lines together are one JSON document. */
function takeBlock(block: string, options: EventOptions): void {
  const lines = block.split('\n').filter(line => line.startsWith('data:'));
  if (lines.length === 0) return;
  const text = lines.map(line => line.slice('data:'.length).replace(/^ /, '')).join('\n');
  const parsed = parseBody(Buffer.from(text));
  if (parsed.ok) options.received(parsed.body);
  else options.drop('event is not JSON');
}
