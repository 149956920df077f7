/** An ingest port that keeps what it is given, and a context around it. */
import pino from 'pino';
import type {
  BmcReading,
  IngestPort,
  SourceContext,
  SourceEvent,
} from '../../server/ingest/contract.ts';

export interface RecordingPort extends IngestPort {
  readonly readingsTaken: (BmcReading & { source: string; hostId: string })[];
  readonly events: SourceEvent[];
  readonly drops: Map<string, number>;
  /** The newest value by `signal`, `kind/slot/signal` for parts. */
  latest(): Map<string, number | string>;
}

export function recordingPort(): RecordingPort {
  const readingsTaken: RecordingPort['readingsTaken'] = [];
  const events: SourceEvent[] = [];
  const drops = new Map<string, number>();
  return {
    readingsTaken,
    events,
    drops,
    page: () => ({ samples: 0, accepted: 0, errors: [] }),
    sample: () => {},
    readings(source, hostId, readings) {
      readingsTaken.push(...readings.map(reading => ({ ...reading, source, hostId })));
    },
    event: event => void events.push(event),
    drop(_source, why, count = 1) {
      drops.set(why, (drops.get(why) ?? 0) + count);
    },
    latest: () => new Map(readingsTaken.map(reading => [readingKey(reading), reading.value])),
  };
}

const readingKey = ({ kind, slot, signal }: BmcReading) =>
  slot === undefined ? `${kind}/${signal}` : `${kind}/${slot}/${signal}`;

export function testContext(port: IngestPort): SourceContext {
  return { clock: { now: () => Date.now(), speed: 1 }, log: pino({ level: 'silent' }), port };
}

/** Waits until `check` is true. @throws Error naming `what` when it is not within `forMs` */
export async function until(check: () => boolean, what: string, forMs = 10_000): Promise<void> {
  const startMs = Date.now();
  while (!check()) {
    if (Date.now() - startMs > forMs) throw new Error(`not within ${forMs} ms: ${what}`);
    await new Promise(done => setTimeout(done, 20));
  }
}
