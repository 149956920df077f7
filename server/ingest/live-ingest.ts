/**
 * The ingest of the running service: samples and readings of every source, joined to the entities
 * of the generation that stands, judged, and written to the live twin.
 */
import type { Logger } from 'pino';
import { SIGNALS, type Topology } from '../../twin/index.ts';
import { type AliasIndex, createAliasIndex } from '../identity/alias-index.ts';
import { type BoundRow, createJoin, type Join } from '../identity/join.ts';
import { createUnmatched, type Unmatched } from '../identity/unmatched.ts';
import type { LiveTwin } from '../live-twin.ts';
import type { Binding, CellWriter } from './binding.ts';
import type { IngestPort, Labels, PageSource, Source, SourceHealth } from './contract.ts';
import { Ingest, type IngestLimits } from './ingest.ts';
import type { Mapping } from './mapping.ts';
import { takeReading } from './readings.ts';
import { createStages, FIRST_STAGE_CELL, isPlain } from './stages.ts';
import type { WriteAnswer, WriteHeaders } from './write-answer.ts';

export interface LiveIngest {
  readonly port: IngestPort;
  writeRequest(body: Uint8Array, headers: WriteHeaders, sourceId: string): WriteAnswer;
  /** Sources whose health is shown; remote-write senders show up by themselves. */
  watch(sources: readonly Source[]): void;
  sources(): readonly SourceHealth[];
  unmatched(limit: number): object;
  quality(): object;
  counts(): { series: number; unmatched: number; unmapped: number };
  /** Entities with an alias that holds the text. */
  findAlias(text: string): readonly number[];
  aliasesOf(entity: number): Readonly<Record<string, readonly string[]>>;
  /** Metric names that the mappings know: what a Prometheus is asked for. */
  readonly knownMetrics: readonly string[];
  /** Housekeeping between ticks: joins learned since, sources that have gone. */
  keep(nowMs: number): void;
}

export interface LiveIngestOptions {
  readonly live: LiveTwin;
  readonly mappings: readonly Mapping[];
  readonly limits: Partial<IngestLimits>;
  readonly log: Logger;
}

/** A series without a sample for this long gives its memory back. */
const FORGET_MS = 6 * 3_600_000;
const KEEP_EVERY_MS = 600_000;

export function createLiveIngest(options: LiveIngestOptions): LiveIngest {
  const { live, mappings, log } = options;
  let identity = joinTo(live.twin.topology, mappings);
  let keptAtMs = live.clock.now();
  let boundRevision = 0;
  let watched: readonly Source[] = [];
  const senders = new Map<string, Sender>();
  const stages = createStages({
    write: (signal, entity, value, atMs) => {
      const { twin } = live;
      const cell = twin.state.ensureCell(signal, entity);
      if (!(atMs < twin.state.timeAt(cell))) twin.write(cell, entity, value, atMs);
    },
    drop: why => ingest.drop('stages', why),
  });
  const ingest = new Ingest({
    bind: (name, labels, source) => bind(name, labels, source),
    maps: name => identity.names.has(name),
    writer: writerOf(live, stages),
    clock: live.clock,
    limits: options.limits,
  });

  function bind(name: string, labels: Labels, source: PageSource): Binding | null {
    const result = identity.join.bind(name, labels, source);
    if (result.kind !== 'bound') {
      if (result.kind !== 'unmatched') return null;
      for (const miss of result.missed) {
        identity.unmatched.note(source, name, { labels, miss, atMs: live.clock.now() });
      }
      return null;
    }
    const [first] = result.rows;
    const isOne = result.rows.length === 1 && isPlain(first);
    return isOne ? plainBinding(live, first) : stageBinding(result.rows);
  }

  function stageBinding(rows: readonly BoundRow[]): Binding {
    const fixed = rows.map(row =>
      row.text === undefined ? row : { ...row, fixed: live.texts.intern(row.text) },
    );
    return {
      ...plainBinding(live, rows[0]),
      cell: stages.add(fixed),
      ...{ scale: 1, offset: 0, combine: undefined, text: undefined },
      ...{ min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY },
    };
  }

  function rebind() {
    stages.clear();
    identity.unmatched.forgetBefore(Number.POSITIVE_INFINITY);
    ingest.rebind();
    boundRevision = identity.join.revision;
  }

  /** Metrics that are known to carry nothing for the twin are no news. */
  const unmapped = (limit: number) =>
    ingest
      .unmappedNames(limit)
      .filter(({ name }) => !identity.join.ignores(name))
      .map(({ name, samples }) => ({ metric: name, count: samples }));

  live.onGeneration(topology => {
    identity = joinTo(topology, mappings);
    rebind();
  });

  const port: IngestPort = {
    page: (source, body, atMs) => ingest.page(source, body, atMs),
    sample: (source, labels, value, atMs) => ingest.sample(source, labels, value, atMs),
    readings(source, hostId, readings) {
      const context = { twin: live.twin, nowMs: live.clock.now(), intern: live.texts.intern };
      for (const reading of readings) {
        const outcome = takeReading(context, hostId, reading);
        // Every reading shows up in the counters, taken or not.
        ingest.drop(source, outcome);
      }
    },
    event: event => live.events.add(event),
    drop: (source, why, count) => ingest.drop(source, why, count),
  };

  return {
    port,
    writeRequest(body, headers, sourceId) {
      const answer = ingest.writeRequest(body, headers, sourceId);
      const sender = senders.get(sourceId) ?? newSender();
      senders.set(sourceId, sender);
      sender.lastAttemptMs = live.clock.now();
      if (answer.status < 300) sender.lastSuccessMs = sender.lastAttemptMs;
      sender.lastError = answer.message || undefined;
      return answer;
    },
    watch(sources) {
      watched = sources;
    },
    sources: () => [
      ...watched.map(source => source.health()),
      ...[...senders].map(([id, sender]) => senderHealth(id, sender, ingest.counts(id), live)),
    ],
    unmatched: limit => ({
      items: identity.unmatched
        .list(limit)
        .map(({ firstSeenMs, lastSeenMs, labels, ...entry }) => ({
          ...entry,
          identity: labels,
          firstAt: new Date(firstSeenMs).toISOString(),
          lastAt: new Date(lastSeenMs).toISOString(),
        })),
      totals: identity.unmatched.totals(),
      unmapped: unmapped(limit),
      learned: identity.aliases
        .learned()
        .slice(-limit)
        .map(alias => named(live, alias)),
      contradictions: identity.join.contradictions().map(each => named(live, each)),
    }),
    quality: () => ({
      all: ingest.counts(),
      unitTraps: ingest.unitTraps().map(trap => ({
        ...trap,
        entity: live.twin.topology.ids[trap.entity],
      })),
      ...ingest.stats(),
    }),
    counts: () => ({
      series: ingest.stats().series,
      unmatched: identity.unmatched.totals().entries,
      unmapped: unmapped(1000).length,
    }),
    findAlias: text => findAlias(live.twin.topology, text),
    aliasesOf: entity => aliasesOf(identity.aliases, entity),
    knownMetrics: [...metricNames(mappings)],
    keep(nowMs) {
      if (identity.join.revision !== boundRevision) {
        log.info({ learned: identity.aliases.learned().length }, 'joins learned: binding anew');
        rebind();
      }
      if (nowMs - keptAtMs < KEEP_EVERY_MS) return;
      keptAtMs = nowMs;
      identity.unmatched.forgetBefore(nowMs - FORGET_MS);
      ingest.forget(nowMs - FORGET_MS);
    },
  };
}

interface Identity {
  readonly aliases: AliasIndex;
  readonly join: Join;
  readonly unmatched: Unmatched;
  /** Every metric name that some row reads. */
  readonly names: ReadonlySet<string>;
}

function joinTo(topology: Topology, mappings: readonly Mapping[]): Identity {
  const aliases = createAliasIndex(topology);
  return {
    aliases,
    join: createJoin({ topology, aliases, mappings }),
    unmatched: createUnmatched(topology),
    names: metricNames(mappings),
  };
}

/** Every metric that some row reads, also as a denominator or for its mere presence. */
function metricNames(mappings: readonly Mapping[]): ReadonlySet<string> {
  const rows = mappings.flatMap(mapping => mapping.rows);
  return new Set(
    rows.flatMap(row => [
      ...row.metrics,
      ...(row.over?.metrics ?? []),
      ...(row.zeroFrom?.metrics ?? []),
    ]),
  );
}

function plainBinding(live: LiveTwin, bound: BoundRow): Binding {
  const { row, signal, entity, text } = bound;
  const { range, shed, staleAfterS } = SIGNALS[signal];
  return {
    entity,
    signal,
    cell: live.twin.state.ensureCell(signal, entity),
    scale: row.scale ?? 1,
    offset: row.offset ?? 0,
    mode: row.mode ?? 'gauge',
    ...(row.combine ? { combine: row.combine } : {}),
    shed,
    min: range[0],
    max: range[1],
    staleAfterS,
    ...(text === undefined ? {} : { text: live.texts.intern(text) }),
  };
}

function writerOf(live: LiveTwin, stages: CellWriter): CellWriter {
  return {
    write(cell, entity, value, atMs) {
      if (cell < FIRST_STAGE_CELL) live.twin.write(cell, entity, value, atMs);
      else stages.write(cell, entity, value, atMs);
    },
    markStale(cell, entity, atMs) {
      if (cell < FIRST_STAGE_CELL) live.twin.markStale(cell, entity);
      else stages.markStale(cell, entity, atMs);
    },
    timeAt: cell => (cell < FIRST_STAGE_CELL ? live.twin.state.timeAt(cell) : stages.timeAt(cell)),
    valueAt: cell =>
      cell < FIRST_STAGE_CELL ? live.twin.state.valueAt(cell) : stages.valueAt(cell),
  };
}

interface Sender {
  lastAttemptMs: number;
  lastSuccessMs: number | undefined;
  lastError: string | undefined;
}

const newSender = (): Sender => ({
  lastAttemptMs: 0,
  lastSuccessMs: undefined,
  lastError: undefined,
});

/** A sender that has been silent for longer counts as down. */
const SENDER_SILENT_MS = 120_000;

function senderHealth(
  id: string,
  sender: Sender,
  counts: Readonly<Record<string, number>>,
  live: LiveTwin,
): SourceHealth {
  const { accepted = 0, ...dropped } = counts;
  const isSilent = live.clock.now() - sender.lastAttemptMs > SENDER_SILENT_MS;
  return {
    id,
    kind: 'remoteWrite',
    target: '/api/v1/write',
    state: isSilent ? 'down' : sender.lastError ? 'degraded' : 'up',
    lastAttemptMs: sender.lastAttemptMs,
    ...(sender.lastSuccessMs === undefined ? {} : { lastSuccessMs: sender.lastSuccessMs }),
    ...(sender.lastError === undefined ? {} : { lastError: sender.lastError }),
    samples: accepted,
    dropped,
  };
}

const named = <T extends { entity: number }>(live: LiveTwin, item: T) => ({
  ...item,
  entity: live.twin.topology.ids[item.entity],
});

const FOUND_MAX = 1000;

function findAlias(topology: Topology, text: string): number[] {
  const found: number[] = [];
  for (const { entity, value } of topology.aliases) {
    if (value.toLowerCase().includes(text) && found.push(entity) >= FOUND_MAX) break;
  }
  return found;
}

function aliasesOf(index: AliasIndex, entity: number): Record<string, string[]> {
  const aliases: Record<string, string[]> = {};
  const stated = index.topology.aliases.filter(alias => alias.entity === entity);
  const learned = index.learned().filter(alias => alias.entity === entity);
  for (const { type, value } of [...stated, ...learned]) {
    aliases[type] ??= [];
    aliases[type].push(value);
  }
  return aliases;
}
