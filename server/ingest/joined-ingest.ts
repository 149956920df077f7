/**
 * The ingest with its joins: where a series goes by the aliases of the generation that stands, and
 * what happens to those joins when a name is learned or the inventory changes.
 */
import type { Logger } from 'pino';
import type { Topology } from '../../twin/index.ts';
import { type AliasIndex, createAliasIndex } from '../identity/alias-index.ts';
import { createJoin, type Join } from '../identity/join.ts';
import { createUnmatched, type Unmatched } from '../identity/unmatched.ts';
import type { LiveTwin } from '../live-twin.ts';
import type { Learned } from '../recovery/learned.ts';
import { inSteps } from '../stepper.ts';
import type { Bound } from './binding.ts';
import type { Labels, PageSource } from './contract.ts';
import { entitiesThatStay } from './generation-move.ts';
import { Ingest, type IngestLimits } from './ingest.ts';
import { createJoinedBindings, type JoinedBindings } from './joined-bindings.ts';
import { createLiveWriter, type LiveWriter } from './live-writer.ts';
import type { Mapping } from './mapping.ts';
import type { NameCount } from './metric-names.ts';
import { createRebinding } from './rebinding.ts';
import { FIRST_STAGE_CELL } from './stages.ts';

/** What the joins of one generation are made with. */
export interface Identity {
  readonly topology: Topology;
  readonly aliases: AliasIndex;
  readonly join: Join;
  readonly unmatched: Unmatched;
  readonly bindings: JoinedBindings;
}

export interface JoinedIngestOptions {
  readonly live: LiveTwin;
  readonly mappings: readonly Mapping[];
  readonly limits: Partial<IngestLimits>;
  readonly log: Logger;
  /** Seconds after which a remote-write sender may come again; 0 when there is room now. */
  readonly retryAfterS?: () => number;
  /** Where it is kept what counters stand at; absent when nothing is to outlive the process. */
  readonly learned?: Learned | undefined;
}

export interface JoinedIngest {
  readonly ingest: Ingest;
  readonly writer: LiveWriter;
  /** Metric names that some mapping row reads. */
  readonly names: ReadonlySet<string>;
  /** Of the generation that stands; do not keep it. */
  readonly identity: Identity;
  /** Metrics that no mapping knows; those known to carry nothing for the twin are no news. */
  unmapped(): NameCount[];
  /** Housekeeping between ticks: names learned since, series that have gone. */
  keep(nowMs: number): void;
}

/** A series without a sample for this long gives its memory back. */
const FORGET_MS = 6 * 3_600_000;
const FORGET_EVERY_MS = 3_600_000;
/** The same when there is no room: an explosion of labels must not keep others out for hours. */
const FORGET_FULL_MS = 900_000;
const FORGET_FULL_EVERY_MS = 300_000;
/** Names are learned in bursts, when many pages are seen for the first time. */
const REBIND_EVERY_MS = 5000;

/** What a stage makes of samples is counted beside them: each had its outcome at the gate. */
const stageReason = (why: string) => `stage${why[0].toUpperCase()}${why.slice(1)}`;

export function createJoinedIngest(options: JoinedIngestOptions): JoinedIngest {
  const { live, mappings, limits, log, retryAfterS } = options;
  const names = metricNames(mappings);
  const writer: LiveWriter = createLiveWriter(live, why => ingest.drop('stages', stageReason(why)));
  const ingest = new Ingest({
    bind: (name, labels, source) => bind(name, labels, source),
    maps: name => names.has(name),
    release: cell => cell >= FIRST_STAGE_CELL && writer.stages.release(cell),
    ...{ writer, clock: live.clock, limits },
    onLate: (cell, _entity, value, atMs) => {
      if (cell < FIRST_STAGE_CELL) live.late(cell, value, atMs);
    },
    ...(retryAfterS && { retryAfterS }),
  });
  keepCounters(ingest, options);
  let identity = identityOf(live.twin.topology, mappings, [live, writer]);
  let forgottenAtMs = live.clock.now();
  let reboundAtMs = Number.NEGATIVE_INFINITY;
  let usedNames = 0;
  const rebinding = createRebinding(ingest, () => identity, log);

  function bind(name: string, labels: Labels, source: PageSource): Bound {
    const { join, bindings, unmatched } = identity;
    const known = bindings.find(name, labels, source);
    if (known) return known;
    const result = join.bind(name, labels, source);
    if (result.kind === 'bound') return bindings.of(name, labels, [source, result]);
    if (result.kind !== 'unmatched') return 'ignored';
    for (const miss of result.missed) {
      unmatched.note(source, name, { labels, miss, atMs: live.clock.now() });
    }
    return null;
  }

  function rebindSome(hosts: readonly number[]) {
    usedNames = identity.join.learnedCount;
    rebinding.begin(hosts);
  }

  function forget(nowMs: number, silentMs: number) {
    forgottenAtMs = nowMs;
    const count = ingest.forget(nowMs - silentMs);
    writer.stages.forgetBefore(nowMs - silentMs);
    if (count > 0) log.info({ count, silentS: silentMs / 1000 }, 'silent series forgotten');
    rebindSome([]);
  }

  live.onGeneration(topology => {
    const startedMs = performance.now();
    const last = identity;
    identity = identityOf(topology, mappings, [live, writer]);
    follow(live, { ingest, writer, identity }, last);
    usedNames = identity.join.learnedCount;
    rebinding.stop();
    log.info({ tookMs: Math.round(performance.now() - startedMs) }, 'series follow the inventory');
  });

  return {
    ...{ ingest, writer, names },
    get identity() {
      return identity;
    },
    unmapped: () => ingest.unmappedNames().filter(({ name }) => !identity.join.ignores(name)),
    keep(nowMs) {
      if (!rebinding.goOn() && nowMs - reboundAtMs >= REBIND_EVERY_MS) {
        reboundAtMs = nowMs;
        const hosts = identity.join.takeRenumbered();
        if (identity.join.learnedCount !== usedNames || hosts.length > 0) rebindSome(hosts);
      }
      const [everyMs, silentMs] = ingest.isFull
        ? [FORGET_FULL_EVERY_MS, FORGET_FULL_MS]
        : [FORGET_EVERY_MS, FORGET_MS];
      if (nowMs - forgottenAtMs >= everyMs) forget(nowMs, silentMs);
      ingest.counters.expire(nowMs);
    },
  };
}

/** Name of the part of a snapshot. */
const COUNTERS = 'counters';

function keepCounters({ counters }: Ingest, { learned, log }: JoinedIngestOptions): void {
  const stored = learned?.take(COUNTERS);
  if (stored && !counters.restore(stored)) {
    log.warn('what counters stood at cannot be read: each needs two samples to its first rate');
  }
  learned?.keep(COUNTERS, () => inSteps(counters.encoded()));
}

function identityOf(
  topology: Topology,
  mappings: readonly Mapping[],
  [live, writer]: [LiveTwin, LiveWriter],
): Identity {
  const aliases = createAliasIndex(topology);
  const join = createJoin({ topology, aliases, mappings });
  const bindings = createJoinedBindings(live, writer, join);
  return { topology, aliases, join, unmatched: createUnmatched(topology), bindings };
}

type Following = Pick<JoinedIngest, 'ingest' | 'writer' | 'identity'>;

/** Series of entities that stay get their new cells; the others are joined anew. */
function follow(live: LiveTwin, { ingest, writer, identity }: Following, last: Identity): void {
  const moved = entitiesThatStay(last.topology, identity.topology);
  const entityOf = (entity: number) => moved[entity];
  identity.join.adopt(last.join, entityOf);
  writer.owners.clear();
  writer.stages.beginGeneration();
  ingest.rebind({
    entity: entityOf,
    cell: (entity, signal, oldCell) => {
      if (oldCell < FIRST_STAGE_CELL) return live.twin.state.ensureCell(signal, entity);
      return writer.stages.move(oldCell, entityOf) ? oldCell : -1;
    },
  });
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
