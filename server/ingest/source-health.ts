/** Health of sources as the service shows it: what they say themselves, and what the gate counted. */
import type { Clock } from '../clock.ts';
import type { SourceHealth } from './contract.ts';
import type { WriteAnswer } from './write-answer.ts';

/** Counts by reason, of one source. */
type Counts = Readonly<Record<string, number>>;

/** A source that polls; what it counted itself is the same count where both have it. */
export function polledHealth(health: SourceHealth, counts: Counts): SourceHealth {
  const { accepted: _taken, ...dropped } = counts;
  return { ...health, dropped: { ...dropped, ...health.dropped } };
}

/** Whoever sends remote-write requests, by address. */
interface Senders {
  note(id: string, answer: WriteAnswer): void;
  health(countsOf: (id: string) => Counts): SourceHealth[];
}

interface Sender {
  lastAttemptMs: number;
  lastSuccessMs?: number;
  lastError?: string;
}

/** A sender that has been silent for longer counts as down. */
const SILENT_MS = 120_000;
/** One that has been silent for a day has moved to another address, or is no more. */
const FORGOTTEN_MS = 86_400_000;
/** Listed senders; behind a proxy that hides nothing there could be any number. */
const MAX_SENDERS = 1000;

export function createSenders(clock: Clock): Senders {
  const senders = new Map<string, Sender>();
  return {
    note(id, { status, message }) {
      const nowMs = clock.now();
      const sender = senders.get(id) ?? { lastAttemptMs: nowMs };
      if (!senders.has(id) && senders.size >= MAX_SENDERS) dropOldest(senders);
      senders.set(id, sender);
      sender.lastAttemptMs = nowMs;
      if (status < 300) {
        sender.lastSuccessMs = nowMs;
        delete sender.lastError;
      } else sender.lastError = `answered ${status}: ${message}`;
    },
    health(countsOf) {
      const nowMs = clock.now();
      for (const [id, { lastAttemptMs }] of senders) {
        if (nowMs - lastAttemptMs > FORGOTTEN_MS) senders.delete(id);
      }
      return Array.from(senders, each => senderHealth(each, countsOf(each[0]), nowMs));
    },
  };
}

function dropOldest(senders: Map<string, Sender>): void {
  let oldest = '';
  let oldestMs = Number.POSITIVE_INFINITY;
  for (const [id, { lastAttemptMs }] of senders) {
    if (lastAttemptMs >= oldestMs) continue;
    oldest = id;
    oldestMs = lastAttemptMs;
  }
  senders.delete(oldest);
}

function senderHealth([id, sender]: [string, Sender], counts: Counts, nowMs: number): SourceHealth {
  const { accepted = 0, ...dropped } = counts;
  const isSilent = nowMs - sender.lastAttemptMs > SILENT_MS;
  const state = isSilent ? 'down' : sender.lastError === undefined ? 'up' : 'degraded';
  const target = '/api/v1/write';
  return { id, kind: 'remoteWrite', target, state, ...sender, samples: accepted, dropped };
}
