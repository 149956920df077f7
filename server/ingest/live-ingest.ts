/**
 * The ingest of the running service: samples and readings of every source, joined to the entities
 * of the generation that stands, judged, and written to the live twin.
 */
import type { Topology } from '../../twin/index.ts';
import type { AliasIndex } from '../identity/alias-index.ts';
import type { IngestPort, Source, SourceHealth } from './contract.ts';
import type { ShedLevel } from './gate.ts';
import type { IngestStats } from './ingest.ts';
import { createJoinedIngest, type JoinedIngestOptions } from './joined-ingest.ts';
import { RANK_OF_READINGS } from './owners.ts';
import { type ReadingContext, takeReading } from './readings.ts';
import { createSenders, polledHealth } from './source-health.ts';
import type { UnitTrap } from './unit-traps.ts';
import { listUnmatched, type UnmatchedList } from './unmatched-list.ts';
import type { WriteAnswer, WriteHeaders } from './write-answer.ts';
import { createXidWatch } from './xid-watch.ts';

export interface LiveIngest {
  readonly port: IngestPort;
  writeRequest(body: Uint8Array, headers: WriteHeaders, sourceId: string): WriteAnswer;
  /** What a sender of remote write was answered in the end: its health. */
  answered(sourceId: string, answer: WriteAnswer): void;
  /** Sources whose health is shown; remote-write senders show up by themselves. */
  watch(sources: readonly Source[]): void;
  sources(): readonly SourceHealth[];
  /** Asks a source to poll faster for a while. */
  boost(id: string, forS: number): 'done' | 'refused' | 'unknown';
  unmatched(limit: number): UnmatchedList;
  quality(): Quality;
  /** Samples by what became of them, over all sources. */
  outcomes(): Readonly<Record<string, number>>;
  /** See `Gate.setShedLevel`. */
  setShedLevel(level: ShedLevel): void;
  counts(): { series: number; unmatched: number; unmapped: number };
  /** Entities with an alias that holds the text. */
  findAlias(text: string): readonly number[];
  aliasesOf(entity: number): Readonly<Record<string, readonly string[]>>;
  /** Metric names that the mappings know: what a Prometheus is asked for. */
  readonly knownMetrics: readonly string[];
  /** Housekeeping between ticks: joins learned since, sources that have gone. */
  keep(nowMs: number): void;
}

interface Quality extends IngestStats {
  /** Samples and readings by what became of them. */
  readonly all: Readonly<Record<string, number>>;
  readonly unitTraps: readonly (Omit<UnitTrap, 'entity'> & { readonly entity: string })[];
}

const MAX_AHEAD_MS = 60_000;

export function createLiveIngest(options: JoinedIngestOptions): LiveIngest {
  const { live } = options;
  const joined = createJoinedIngest(options);
  const { ingest, names } = joined;
  const senders = createSenders(live.clock);
  const ranks = new Map<string, number>();
  const xids = createXidWatch(event => live.events.add(event));
  let watched: readonly Source[] = [];
  live.onTick(tick => xids.take(live.twin, tick));
  live.onGeneration(() => xids.beginGeneration());

  const contextOf = (source: string): ReadingContext => ({
    ...{ live, owners: joined.writer.owners },
    ...{ rank: ranks.get(source) ?? 0, nowMs: live.clock.now() },
    maxAheadMs: options.limits.maxAheadMs ?? MAX_AHEAD_MS,
  });

  return {
    port: portOf(options, joined, contextOf),
    writeRequest(body, headers, sourceId) {
      const answer = ingest.writeRequest(body, headers, sourceId);
      if (answer.status === 429) ingest.drop(sourceId, 'requests put off');
      return answer;
    },
    answered: senders.note,
    watch(sources) {
      watched = sources;
      for (const source of sources) {
        const rank = RANK_OF_READINGS[source.health().kind];
        if (rank !== undefined) ranks.set(source.id, rank);
      }
    },
    boost(id, forS) {
      const source = watched.find(each => each.id === id);
      if (!source) return 'unknown';
      return source.boost?.(forS) ? 'done' : 'refused';
    },
    sources: () => [
      ...watched.map(source => polledHealth(source.health(), ingest.counts(source.id))),
      ...senders.health(id => ingest.counts(id)),
    ],
    unmatched: limit => listUnmatched(live, joined, limit),
    quality: () => ({
      all: ingest.counts(),
      unitTraps: ingest.unitTraps().map(trap => ({
        ...trap,
        entity: joined.identity.topology.ids[trap.entity],
      })),
      ...ingest.stats(),
    }),
    outcomes: () => ingest.counts(),
    setShedLevel: level => ingest.setShedLevel(level),
    counts: () => ({
      series: ingest.stats().series,
      unmatched: ingest.stats().unmatchedSeries,
      unmapped: joined.unmapped().length,
    }),
    findAlias: text => findAlias(joined.identity.topology, text),
    aliasesOf: entity => aliasesOf(joined.identity.aliases, entity),
    knownMetrics: [...names],
    keep: nowMs => joined.keep(nowMs),
  };
}

type Joined = ReturnType<typeof createJoinedIngest>;

function portOf(
  { live }: JoinedIngestOptions,
  { ingest }: Joined,
  contextOf: (source: string) => ReadingContext,
): IngestPort {
  return {
    page: (source, body, atMs, format) => ingest.page(source, body, atMs, format),
    sample: (source, labels, value, atMs) => ingest.sample(source, labels, value, atMs),
    readings(source, hostId, readings) {
      const context = contextOf(source);
      // Every reading shows up in the counters, taken or not.
      for (const reading of readings) ingest.drop(source, takeReading(context, hostId, reading));
    },
    event: event => live.events.add(event),
    drop: (source, why, count) => ingest.drop(source, why, count),
  };
}

const FOUND_MAX = 1000;

function findAlias(topology: Topology, text: string): number[] {
  const found: number[] = [];
  for (const { entity, value } of topology.aliases) {
    if (value.toLowerCase().includes(text) && found.push(entity) >= FOUND_MAX) break;
  }
  return found;
}

type Names = Record<string, string[]>;
const NAMES = new WeakMap<AliasIndex, { count: number; byEntity: Map<number, Names> }>();

/** Stated and learned ones; sorted by entity once, and again when more has been learned. */
function aliasesOf(index: AliasIndex, entity: number): Readonly<Names> {
  const learned = index.learned();
  let known = NAMES.get(index);
  if (known?.count !== learned.length) {
    known = { count: learned.length, byEntity: new Map() };
    NAMES.set(index, known);
    for (const alias of [...index.topology.aliases, ...learned]) {
      const names = known.byEntity.get(alias.entity) ?? {};
      known.byEntity.set(alias.entity, names);
      names[alias.type] ??= [];
      names[alias.type].push(alias.value);
    }
  }
  return known.byEntity.get(entity) ?? {};
}
