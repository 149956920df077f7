/** The live ingest over a small site, without HTTP: two hosts of eight H100 with all that feeds them. */
import { pino } from 'pino';
import type { BmcReading, Labels, PageResult } from '../../server/ingest/contract.ts';
import type { IngestLimits } from '../../server/ingest/ingest.ts';
import { createLiveIngest, type LiveIngest } from '../../server/ingest/live-ingest.ts';
import { MAPPINGS } from '../../server/ingest/mappings/index.ts';
import type { WriteAnswer } from '../../server/ingest/write-answer.ts';
import { createLiveTwin, type LiveTwin } from '../../server/live-twin.ts';
import { encodeSnappy } from '../../server/remote-write/snappy-encoder.ts';
import { encodeWriteV1, type SeriesToWrite } from '../../server/remote-write/write-encoder.ts';
import {
  buildTopology,
  type Inventory,
  parseInventory,
  QUALITIES,
  readSignal,
  signalIndex,
  type Topology,
} from '../../twin/index.ts';

const host = (n: number, aliases: object = {}) => ({
  ...{ id: `n${n}`, class: 'dgx-h100' },
  aliases: { nodeName: `n${n}`, ip: `10.0.0.${n}`, bmcAddress: `10.1.0.${n}`, ...aliases },
});

/** @param hosts in the rack: `n1` .. */
export const liveInventory = (hosts: readonly object[] = [host(1), host(2)]): Inventory => {
  const outlets = { outletsInOrder: true };
  const document = {
    apiVersion: 'orrery/v1',
    kind: 'Inventory',
    metadata: { name: 'live' },
    site: {
      id: 's1',
      halls: [
        {
          id: 'h1',
          crahs: [{ id: 'crah-1', class: 'crah-100kw' }],
          racks: [
            {
              id: 'k1',
              class: 'rack-air-44kw',
              pdus: [
                { id: 'pdu-a', feed: 'A', class: 'pdu-100a-415v', attributes: outlets },
                { id: 'pdu-b', feed: 'B', class: 'pdu-100a-415v', attributes: outlets },
              ],
              tors: [{ id: 'tor-1', class: 'tor-64x400g' }],
              hosts,
            },
          ],
        },
      ],
    },
    cooling: [{ kind: 'rack', to: '*', from: 'crah-1' }],
  };
  const parsed = parseInventory(document);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
};

export const liveHost = host;

function topologyOf(inventory: Inventory): Topology {
  const built = buildTopology(inventory);
  if (!built.ok) throw new Error(JSON.stringify(built.problems));
  return built.value;
}

export const LIVE_START_MS = Date.parse('2026-03-01T12:00:00Z');

const V1 = { 'content-encoding': 'snappy', 'content-type': 'application/x-protobuf' };

export interface LiveSite {
  readonly live: LiveTwin;
  readonly ingest: LiveIngest;
  readonly clock: { nowMs: number; now(): number; readonly speed: number };
  /** Seconds go by; then values age and what was learned is used. */
  pass(s: number): void;
  /** A page of an exporter, with the labels of its target, taken now. */
  page(lines: string | readonly string[], labels?: Labels, id?: string): PageResult;
  write(series: readonly SeriesToWrite[], sender?: string): WriteAnswer;
  readings(id: string, host: string, readings: readonly Omit<BmcReading, 'atMs'>[]): void;
  /** The value of a signal (the text of a text), or null. */
  value(entity: string, signal: string): number | string | null;
  quality(entity: string, signal: string): string;
  /** What `act` adds to the counters. */
  counts(act: () => void): Record<string, number>;
}

export function liveSite(
  limits: Partial<IngestLimits> = {},
  inventory: Inventory = liveInventory(),
): LiveSite {
  const clock = { nowMs: LIVE_START_MS, now: () => clock.nowMs, speed: 1 };
  const live = createLiveTwin(topologyOf(inventory), clock);
  const log = pino({ level: 'silent' });
  const ingest = createLiveIngest({ live, mappings: MAPPINGS, limits, log });
  const read = (entity: string, signal: string) => {
    const at = live.twin.topology.indexOf(entity);
    if (at < 0) throw new Error(`no entity '${entity}'`);
    return readSignal(live.twin.state, signalIndex(signal), at);
  };
  return {
    ...{ live, ingest, clock },
    pass(s) {
      clock.nowMs += 1000 * s;
      live.tick();
      ingest.keep(clock.nowMs);
    },
    page(lines, labels = {}, id = JSON.stringify(labels)) {
      const body = Buffer.from(typeof lines === 'string' ? lines : `${lines.join('\n')}\n`);
      return ingest.port.page({ id, labels }, body, clock.nowMs);
    },
    write: (series, sender = 'prometheus') =>
      ingest.writeRequest(encodeSnappy(encodeWriteV1(series)), V1, sender),
    readings(id, hostId, readings) {
      const atMs = clock.nowMs;
      ingest.port.readings(
        id,
        hostId,
        readings.map(reading => ({ ...reading, atMs })),
      );
    },
    value(entity, signal) {
      const { value, quality } = read(entity, signal);
      if (quality === 0 || Number.isNaN(value)) return null;
      return signal.endsWith('Text') ? (live.texts.textOf(value) ?? null) : value;
    },
    quality: (entity, signal) => QUALITIES[read(entity, signal).quality],
    counts(act) {
      const before = ingest.outcomes();
      act();
      const after = Object.entries(ingest.outcomes());
      const added = after.map(([reason, n]) => [reason, n - (before[reason] ?? 0)] as const);
      return Object.fromEntries(added.filter(([, n]) => n !== 0));
    },
  };
}

/** One sample of a remote-write request. */
export const series = (
  name: string,
  labels: Readonly<Record<string, string>>,
  value: number | 'stale',
  atMs: number,
): SeriesToWrite => ({
  labels: Object.entries({ __name__: name, ...labels }).sort(([a], [b]) => (a < b ? -1 : 1)),
  samples: [{ value, atMs }],
});
