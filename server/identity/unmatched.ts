/**
 * What could not be joined, counted and listed. Bounded: beyond its limits only totals grow. The
 * nearest known names are searched when the list is read, never while samples come in.
 */
import { KIND_INDEX, KINDS, type Kind, type Topology } from '../../twin/index.ts';
import type { Labels, PageSource } from '../ingest/contract.ts';
import { familyOf, type RowMiss } from './join.ts';
import { nearestNames } from './nearest.ts';
import { address } from './normalise.ts';
import type { Why } from './resolve.ts';
import { identityLabels } from './rules.ts';

interface UnmatchedEntry {
  readonly source: string;
  readonly metric: string;
  /** The labels that were looked at. */
  readonly labels: Labels;
  readonly why: Why;
  readonly detail: string;
  readonly count: number;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
}

interface Candidate {
  readonly entity: string;
  readonly kind: Kind;
  readonly name: string;
  /** Edits between the name and what was seen. */
  readonly distance: number;
}

export interface UnmatchedReport extends UnmatchedEntry {
  readonly candidates: readonly Candidate[];
}

interface UnmappedEntry {
  readonly metric: string;
  readonly source: string;
  readonly count: number;
  readonly lastSeenMs: number;
}

export interface Unmatched {
  /** One sample of a series that rows wanted and could not join. */
  note(source: PageSource, metric: string, sample: UnmatchedSample): void;
  noteUnmapped(source: PageSource, metric: string, atMs: number): void;
  /** Most samples first; candidates only for the entries returned. */
  list(limit?: number): UnmatchedReport[];
  unmapped(limit?: number): UnmappedEntry[];
  totals(): UnmatchedTotals;
  /** Forgets entries not seen since; a source that was repaired leaves the list. */
  forgetBefore(atMs: number): void;
}

interface UnmatchedSample {
  readonly labels: Labels;
  readonly miss: RowMiss;
  readonly atMs: number;
}

interface UnmatchedTotals {
  readonly samples: number;
  readonly entries: number;
  /** Samples that found the list full. */
  readonly overflow: number;
  readonly byWhy: Readonly<Record<Why, number>>;
  readonly unmappedSamples: number;
  readonly unmappedMetrics: number;
  readonly unmappedOverflow: number;
}

interface UnmatchedLimits {
  readonly entries: number;
  readonly metrics: number;
}

type Counted<T> = { -readonly [K in keyof T]: T[K] };

export function createUnmatched(
  topology: Topology,
  limits: UnmatchedLimits = { entries: 2000, metrics: 2000 },
): Unmatched {
  const entries = new Map<string, Counted<UnmatchedEntry>>();
  const metrics = new Map<string, Counted<UnmappedEntry>>();
  const byWhy: Record<Why, number> = {
    ...{ noLabel: 0, unknown: 0, ambiguous: 0, conflict: 0, noPart: 0 },
  };
  const totals = { samples: 0, overflow: 0, unmappedSamples: 0, unmappedOverflow: 0 };

  return {
    note: (source, metric, sample) => {
      totals.samples++;
      byWhy[sample.miss.why]++;
      const family = familyOf(metric);
      const labels = identityOf(sample, source);
      const key = `${source.id}\u0000${family}\u0000${JSON.stringify(labels)}`;
      const known = entries.get(key);
      if (known) {
        known.count++;
        known.lastSeenMs = sample.atMs;
        return;
      }
      if (entries.size >= limits.entries) {
        totals.overflow++;
        return;
      }
      entries.set(key, newEntry(source.id, family, [labels, sample]));
    },
    noteUnmapped: (source, metric, atMs) => {
      totals.unmappedSamples++;
      const family = familyOf(metric);
      const key = `${source.id}\u0000${family}`;
      const known = metrics.get(key);
      if (known) {
        known.count++;
        known.lastSeenMs = atMs;
      } else if (metrics.size >= limits.metrics) totals.unmappedOverflow++;
      else metrics.set(key, { metric: family, source: source.id, count: 1, lastSeenMs: atMs });
    },
    list: (limit = 100) => {
      const names = namesOf(topology);
      return byCount([...entries.values()])
        .slice(0, limit)
        .map(entry => ({ ...entry, candidates: candidatesFor(topology, names, entry) }));
    },
    unmapped: (limit = 100) => byCount([...metrics.values()]).slice(0, limit),
    totals: () => ({
      ...totals,
      entries: entries.size,
      unmappedMetrics: metrics.size,
      byWhy: { ...byWhy },
    }),
    forgetBefore: atMs => {
      for (const [key, entry] of entries) if (entry.lastSeenMs < atMs) entries.delete(key);
      for (const [key, entry] of metrics) if (entry.lastSeenMs < atMs) metrics.delete(key);
    },
  };
}

function newEntry(
  source: string,
  metric: string,
  [labels, sample]: [Labels, UnmatchedSample],
): Counted<UnmatchedEntry> {
  const { miss, atMs } = sample;
  const reason = { why: miss.why, detail: miss.detail };
  return { source, metric, labels, ...reason, count: 1, firstSeenMs: atMs, lastSeenMs: atMs };
}

const byCount = <T extends { count: number }>(list: T[]) => list.sort((a, b) => b.count - a.count);

function identityOf(sample: UnmatchedSample, source: PageSource): Labels {
  const labels: Record<string, string> = {};
  for (const label of identityLabels(sample.miss.rule)) {
    const value = sample.labels[label] ?? source.labels[label];
    if (value !== undefined && value !== '') labels[label] = value;
  }
  return labels;
}

interface Named {
  readonly entity: number;
  readonly name: string;
}

/** Names that someone may have meant: ids down to the BMC, and all stored aliases. */
function namesOf(topology: Topology): Named[] {
  const names: Named[] = [];
  const end = topology.kindStart[KIND_INDEX.bmc + 1];
  for (let entity = 0; entity < end; entity++) names.push({ entity, name: topology.ids[entity] });
  for (const alias of topology.aliases) names.push({ entity: alias.entity, name: alias.value });
  return names;
}

const CANDIDATES = 3;

function candidatesFor(topology: Topology, names: readonly Named[], entry: UnmatchedEntry) {
  const wanted = [...new Set(Object.values(entry.labels).flatMap(text => [text, address(text)]))];
  return nearestNames(names, wanted, CANDIDATES).map(({ entity, name, distance }) => ({
    entity: topology.ids[entity],
    name,
    distance,
    kind: KINDS[topology.kind[entity]].id,
  }));
}
