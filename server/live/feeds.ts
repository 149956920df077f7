/**
 * All live views and their readers. A reader has one frame in flight: the next is made when it says
 * that it is ready, from what it saw last to what is newest then. So a slow one costs no memory.
 */
import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { ProblemError } from '../api/problem.ts';
import type { LiveTwin } from '../live-twin.ts';
import { createFeed, type Feed, type View } from './feed.ts';

interface Subscription extends View {
  readonly everyMs: number;
}

interface Sink {
  send(frame: Buffer): void;
  /** The view is no more: its entity has gone with a new inventory. */
  ended(why: string): void;
}

/** What a reader saw before it lost its connection. */
interface Seen {
  readonly stream: string;
  readonly generation: number;
  readonly seq: number;
}

export interface Subscriber {
  /** Names the series of frames; to be given back to resume. */
  readonly stream: string;
  /** Sends the first frame: what changed since `seen` where that is known, else a snapshot. */
  start(seen?: Seen): void;
  /** The last frame has arrived. */
  ready(): void;
  /** Nobody knows whether the last frame arrived: the next is a snapshot. */
  lost(): void;
  close(): void;
}

export interface Feeds {
  /** @throws ProblemError naming what in the subscription does not exist. */
  open(subscription: Subscription, sink: Sink): Subscriber;
  stats(): { readonly feeds: number; readonly subscriptions: number; readonly frames: number };
  close(): void;
}

interface Reader {
  readonly sink: Sink;
  seen: number | undefined;
  isReady: boolean;
}

interface Entry {
  readonly id: string;
  readonly key: string;
  readonly everyMs: number;
  readonly feed: Feed;
  readonly readers: Set<Reader>;
  pushedAtMs: number;
  lingering?: NodeJS.Timeout;
}

/** A feed stays for readers that come back soon. */
const LINGER_MS = 60_000;
/** Frames sent in one go; with a thousand readers others must get their turn between. */
const BURST = 64;
/** Ticks do not come to the millisecond: a frame may be early by this part of one. */
const EARLY_TICKS = 0.25;

interface FeedsOptions {
  readonly live: LiveTwin;
  /** Between two ticks. */
  readonly tickMs: number;
  /** Of all views together. */
  readonly maxReaders: number;
  readonly log: Logger;
}

export function createFeeds({ live, tickMs, maxReaders, log }: FeedsOptions): Feeds {
  const entries = new Map<string, Entry>();
  const hub: Hub = { live, log, entries, frames: 0 };
  live.onTick(() => {
    const nowMs = performance.now();
    for (const entry of entries.values()) {
      if (entry.readers.size === 0) continue;
      if (nowMs - entry.pushedAtMs < entry.everyMs - EARLY_TICKS * tickMs) continue;
      entry.pushedAtMs = nowMs;
      // After the tick, whose time should not count what readers cost.
      setImmediate(() => {
        if (advance(hub, entry)) giveAll(hub, entry, entry.readers.values());
      });
    }
  });
  return {
    open(subscription, sink) {
      if (readerCount(hub) < maxReaders) {
        return subscriberOf(hub, entryFor(hub, subscription), sink);
      }
      throw new ProblemError(503, `more than ${maxReaders} views are being read; try again later`);
    },
    stats: () => ({
      feeds: entries.size,
      subscriptions: readerCount(hub),
      frames: hub.frames,
    }),
    close() {
      for (const entry of [...entries.values()]) drop(hub, entry);
    },
  };
}

const readerCount = ({ entries }: Hub) =>
  [...entries.values()].reduce((sum, { readers }) => sum + readers.size, 0);

interface Hub {
  readonly live: LiveTwin;
  readonly log: Logger;
  readonly entries: Map<string, Entry>;
  /** Sent since start. */
  frames: number;
}

function entryFor({ live, entries }: Hub, { kind, under, signals, everyMs }: Subscription): Entry {
  const key = JSON.stringify([kind, under ?? '', signals, everyMs]);
  const known = entries.get(key);
  if (known) return known;
  const feed = createFeed(live, { kind, under, signals });
  const entry: Entry = {
    ...{ id: randomUUID(), key, everyMs, feed, readers: new Set<Reader>() },
    pushedAtMs: performance.now(),
  };
  entries.set(key, entry);
  return entry;
}

function subscriberOf(hub: Hub, entry: Entry, sink: Sink): Subscriber {
  const reader: Reader = { sink, seen: undefined, isReady: false };
  return {
    stream: entry.id,
    start(seen) {
      clearTimeout(entry.lingering);
      entry.readers.add(reader);
      // A feed that nobody read has stood still.
      if (!advance(hub, entry)) return;
      reader.seen = isOurs(entry, seen) ? seen?.seq : undefined;
      reader.isReady = true;
      give(hub, entry, reader);
    },
    ready() {
      reader.isReady = true;
    },
    lost() {
      reader.seen = undefined;
      reader.isReady = true;
    },
    close() {
      entry.readers.delete(reader);
      if (entry.readers.size > 0 || hub.entries.get(entry.key) !== entry) return;
      clearTimeout(entry.lingering);
      entry.lingering = setTimeout(drop, LINGER_MS, hub, entry).unref();
    },
  };
}

const isOurs = ({ id, feed }: Entry, seen: Seen | undefined) =>
  seen !== undefined && seen.stream === id && seen.generation === feed.generation;

/** @returns whether the feed still stands. */
function advance(hub: Hub, entry: Entry): boolean {
  try {
    entry.feed.advance();
    return true;
  } catch (error) {
    if (!(error instanceof ProblemError)) hub.log.error({ err: error }, 'a live view failed');
    drop(hub, entry, (error as Error).message);
    return false;
  }
}

function drop({ entries }: Hub, entry: Entry, why?: string) {
  clearTimeout(entry.lingering);
  entries.delete(entry.key);
  const readers = [...entry.readers];
  entry.readers.clear();
  if (why !== undefined) for (const { sink } of readers) sink.ended(why);
}

function giveAll(hub: Hub, entry: Entry, readers: Iterator<Reader>) {
  for (let n = 0; n < BURST; n++) {
    const next = readers.next();
    if (next.done) return;
    give(hub, entry, next.value);
  }
  setImmediate(giveAll, hub, entry, readers);
}

function give(hub: Hub, entry: Entry, reader: Reader) {
  if (!reader.isReady) return;
  const frame = entry.feed.frameSince(reader.seen);
  if (!frame) return;
  reader.seen = entry.feed.seq;
  reader.isReady = false;
  hub.frames++;
  reader.sink.send(frame);
}
