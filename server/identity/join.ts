/**
 * Joins series to entities: metric name to mapping rows, labels to the entity of each row. Pure but
 * for what it learns; the caller keeps the answer for the series until `learnedCount` grows.
 */
import { KINDS, SIGNALS, type SignalRow, signalIndex, type Topology } from '../../twin/index.ts';
import type { Labels, PageSource } from '../ingest/contract.ts';
import type { EntityRule, Mapping, MappingRow, SeriesChoice, Where } from '../ingest/mapping.ts';
import { rankOfRow } from '../ingest/owners.ts';
import type { AliasIndex } from './alias-index.ts';
import { FoundEntities } from './found-entities.ts';
import { type Contradiction, checked, type Learning } from './learn.ts';
import { type LabelOf, type Miss, resolve } from './resolve.ts';
import { RULES } from './rules.ts';

export interface BoundRow {
  readonly row: MappingRow;
  /** Dense over the rows of all mappings: with the entity, the key of an accumulator. */
  readonly rowIndex: number;
  readonly mapping: string;
  /** Precedence among those who can feed the signal of the entity, the least first. */
  readonly rank: number;
  /** Index into `SIGNALS`. */
  readonly signal: number;
  readonly entity: number;
  /** Numerator (or the plain value) or denominator of a row with `over`. */
  readonly side: 'value' | 'over';
  /** Pairs the two sides of a row with `over.by`; absent otherwise. */
  readonly groupKey?: string;
  /** For a text signal: the text. */
  readonly text?: string;
  /** The sample stands for this value whatever its own (`zeroFrom`). */
  readonly fixed?: number;
  /** Of a bucket: its upper bound. */
  readonly upTo?: number;
}

export interface RowMiss extends Miss {
  readonly mapping: string;
  readonly rule: EntityRule;
}

/**
 * bound: at least one row took it; `missed` are rows that could not find their entity.
 * unmatched: rows want it, none found its entity. ignored: known to carry nothing for the twin
 * (`ignore` of a mapping, buckets of a histogram, no row's filter), or of parts that the inventory
 * leaves out on this host. unmapped: no mapping knows it.
 */
type BindResult =
  | {
      readonly kind: 'bound';
      readonly rows: readonly BoundRow[];
      readonly missed: RowMiss[];
      /** The rule by which all rows that want the series look for its entity, where they agree. */
      readonly rule: EntityRule | undefined;
    }
  | { readonly kind: 'unmatched'; readonly missed: RowMiss[] }
  | { readonly kind: 'ignored'; readonly why: 'listed' | 'bucket' | 'filtered' | 'notModelled' }
  | { readonly kind: 'unmapped' };

export interface Join {
  bind(name: string, labels: Labels, source: PageSource): BindResult;
  /** Labels by which rows tell series of this name apart, beside those that lead to entities. */
  readsOf(name: string): readonly string[];
  /** The entity that `bind` found for these very labels by the rule; MISSING when not known. */
  entityOf(rule: EntityRule, labels: Labels, source: PageSource): number;
  /** Whether a mapping lists the metric as carrying nothing for the twin. */
  ignores(name: string): boolean;
  /** Grows when a name was learned by which series without an entity may now find theirs. */
  readonly learnedCount: number;
  /** Hosts whose parts turned out to count from 0 since the last call: their series moved by one. */
  takeRenumbered(): readonly number[];
  /** Takes over what the join of the last generation learned of entities that are still known. */
  adopt(last: Join, entityOf: (entity: number) => number): void;
  /** Hosts and kinds (`host * KINDS.length + kind`) whose parts count from 0. */
  readonly zeroBased: ReadonlySet<number>;
  readonly rowCount: number;
  readonly topology: Topology;
  readonly aliases: AliasIndex;
  /** Bounded to 1,000 entries. */
  contradictions(): readonly Contradiction[];
}

interface JoinOptions {
  readonly topology: Topology;
  readonly aliases: AliasIndex;
  readonly mappings: readonly Mapping[];
}

/** Why a row had nothing to do with a series. */
type Passed = 'filtered' | 'notModelled';

interface Candidate {
  readonly row: MappingRow;
  readonly rowIndex: number;
  readonly mapping: string;
  readonly rank: number;
  readonly signal: number;
  readonly side: 'value' | 'over';
  readonly where?: Where;
  readonly fixed?: number;
}

/** Names seen that no row wants; beyond it they are judged anew each time. */
const VERDICT_LIMIT = 50_000;

/** @throws RangeError for a row whose signal does not exist. */
export function createJoin(options: JoinOptions): Join {
  const { topology, aliases, mappings } = options;
  const { byName, rowCount } = indexRows(mappings);
  const isIgnored = ignoreTest(mappings);
  const contradictions = new Map<string, Contradiction>();
  let learnedCount = 0;
  let renumbered = new Set<number>();
  const zeroBased = new Set<number>();
  const context = {
    aliases,
    zeroBased,
    onRenumbered: (host: number) => {
      renumbered.add(host);
      found.clear();
    },
  };
  const found = new FoundEntities((rule, labelOf) =>
    checked(learning, [rule, labelOf], resolve(context, rule, labelOf)),
  );
  const learning: Learning = {
    aliases,
    contradictions,
    onLearned: () => {
      learnedCount++;
      found.forgetMisses();
    },
  };

  function bindRow(candidate: Candidate, labelOf: LabelOf): BindRowResult {
    const { row } = candidate;
    if (candidate.where && !matches(candidate.where, labelOf)) return 'filtered';
    const text = row.textLabel === undefined ? undefined : labelOf(row.textLabel);
    if (text === '') return 'filtered';
    const resolved = found.entityOf(row.entity, labelOf);
    const entity = resolved.ok ? resolved.entity : fallback(aliases, candidate, resolved);
    if (entity === 'notModelled') return entity;
    const origin = { mapping: candidate.mapping, rule: row.entity };
    if (entity === undefined && row.optional) return 'notModelled';
    if (entity === undefined) return { ...(resolved as Miss), ...origin };
    const kind = KINDS[topology.kind[entity]].id;
    if (!SIGNALS[candidate.signal].kinds.includes(kind)) {
      return { ok: false, why: 'noPart', detail: `a ${kind} has no ${row.signal}`, ...origin };
    }
    return boundRow(candidate, entity, [labelOf, text]);
  }

  function bind(name: string, labels: Labels, source: PageSource): BindResult {
    const candidates = byName.get(name);
    if (candidates === undefined) return verdictOf(name, labels, isIgnored);
    const labelOf: LabelOf = label => labels[label] ?? source.labels[label] ?? '';
    found.choose(labels, source);
    const rows: BoundRow[] = [];
    const missed: RowMiss[] = [];
    let why: Passed = 'filtered';
    const rules = new Set<EntityRule>();
    for (const candidate of candidates) {
      const bound = bindRow(candidate, labelOf);
      if (bound !== 'filtered') rules.add(candidate.row.entity);
      if (typeof bound === 'string') {
        if (bound === 'notModelled') why = bound;
      } else if ('why' in bound) missed.push(bound);
      else rows.push(bound);
    }
    if (rows.length > 0) {
      const rule = rules.size === 1 ? rows[0].row.entity : undefined;
      return { kind: 'bound', rows, missed, rule };
    }
    if (missed.length > 0) return { kind: 'unmatched', missed };
    return { kind: 'ignored', why };
  }

  return {
    bind,
    readsOf: name => [...new Set((byName.get(name) ?? []).flatMap(labelsRead))],
    entityOf: (rule, labels, from) => found.known(labels, from, rule),
    ignores: isIgnored,
    get learnedCount() {
      return learnedCount;
    },
    takeRenumbered() {
      const hosts = [...renumbered];
      renumbered = new Set();
      return hosts;
    },
    adopt(last, entityOf) {
      found.clear();
      adopt(aliases, zeroBased, [last, entityOf]);
    },
    zeroBased,
    rowCount,
    topology,
    aliases,
    contradictions: () => [...contradictions.values()],
  };
}

/** What the last generation's join learned, of the entities that are still known. */
function adopt(
  aliases: AliasIndex,
  zeroBased: Set<number>,
  [last, entityOf]: [Join, (entity: number) => number],
) {
  for (const alias of last.aliases.learned()) {
    const entity = entityOf(alias.entity);
    if (entity >= 0) aliases.learn({ ...alias, entity });
  }
  for (const key of last.zeroBased) {
    const host = entityOf(Math.floor(key / KINDS.length));
    if (host >= 0) zeroBased.add(host * KINDS.length + (key % KINDS.length));
  }
}

type BindRowResult = BoundRow | RowMiss | Passed;

function boundRow(
  candidate: Candidate,
  entity: number,
  [labelOf, text]: [LabelOf, string | undefined],
): BoundRow {
  const { row, rowIndex, mapping, rank, signal, side, fixed } = candidate;
  const bound = { row, rowIndex, mapping, rank, signal, entity, side };
  const by = row.over?.by;
  // Most rows have none of these, and a million series are bound at a start.
  const isBucket = row.combine === 'p99';
  if (by === undefined && text === undefined && fixed === undefined && !isBucket) return bound;
  const groupKey = by ? by.map(labelOf).join('\u0000') : undefined;
  return {
    ...bound,
    ...(groupKey !== undefined && { groupKey }),
    ...(text !== undefined && { text }),
    ...(fixed !== undefined && { fixed }),
    ...(isBucket && { upTo: boundOf(labelOf('le')) }),
  };
}

/** `+Inf` or a number; NaN for anything else: what it counts is dropped by name. */
const boundOf = (le: string) =>
  le.trim() === '' ? Number.NaN : Number(le.replace(/^\+?Inf$/i, 'Infinity'));

function indexRows(mappings: readonly Mapping[]) {
  const byName = new Map<string, Candidate[]>();
  let rowCount = 0;
  for (const [position, mapping] of mappings.entries()) {
    for (const row of mapping.rows) {
      const rank = rankOfRow(position, row);
      const base = { row, rowIndex: rowCount++, mapping: mapping.id, rank };
      const signal = signalIndex(row.signal);
      const add = (choice: SeriesChoice, extra: Pick<Candidate, 'side' | 'fixed'>) => {
        const where = choice.where ?? row.where;
        for (const name of choice.metrics) {
          const list = byName.get(name) ?? [];
          list.push({ ...base, signal, where, ...extra });
          byName.set(name, list);
        }
      };
      add(row, { side: 'value' });
      if (row.over) add(row.over, { side: 'over' });
      if (row.zeroFrom) add(row.zeroFrom, { side: 'value', fixed: 0 });
    }
  }
  return { byName, rowCount };
}

const labelsRead = ({ row, where = {} }: Candidate): string[] => [
  ...Object.keys(where),
  ...(row.textLabel === undefined ? [] : [row.textLabel]),
  ...(row.over?.by ?? []),
  ...(row.combine === 'p99' ? ['le'] : []),
];

function matches(where: Where, labelOf: LabelOf): boolean {
  for (const label in where) {
    const wanted = where[label];
    const value = labelOf(label);
    if (typeof wanted === 'string' ? value !== wanted : !accepts(wanted, value)) return false;
  }
  return true;
}

const accepts = (wanted: readonly string[] | RegExp, value: string) =>
  wanted instanceof RegExp ? wanted.test(value) : wanted.includes(value);

function ignoreTest(mappings: readonly Mapping[]): (name: string) => boolean {
  const exact = new Set<string>();
  const patterns: RegExp[] = [];
  for (const entry of mappings.flatMap(mapping => mapping.ignore ?? [])) {
    if (typeof entry === 'string') exact.add(entry);
    else patterns.push(entry);
  }
  const verdicts = new Map<string, boolean>();
  return name => {
    const known = verdicts.get(name);
    if (known !== undefined) return known;
    const verdict =
      exact.has(name) || exact.has(familyOf(name)) || patterns.some(pattern => pattern.test(name));
    if (verdicts.size < VERDICT_LIMIT) verdicts.set(name, verdict);
    return verdict;
  };
}

function verdictOf(name: string, labels: Labels, isIgnored: (name: string) => boolean): BindResult {
  if (isIgnored(name)) return { kind: 'ignored', why: 'listed' };
  if (labels.le !== undefined || labels.quantile !== undefined) {
    return { kind: 'ignored', why: 'bucket' };
  }
  return { kind: 'unmapped' };
}

/** The family of a series of a histogram or summary: without `_bucket`, `_sum`, `_count`. */
export const familyOf = (name: string) => name.replace(/_(bucket|sum|count)$/, '');

/** Parts that an inventory may leave out, or leave without names, without a mistake. */
const OPTIONAL_PARTS: ReadonlySet<EntityRule> = new Set(['nic', 'nvme', 'fan', 'dimm', 'socket']);

/**
 * Fans, NICs and drives may be columns of their host: where the inventory has no such parts (or
 * gives them no names of this type), a row that combines goes to the host, if the signal has one.
 */
function fallback(
  aliases: AliasIndex,
  { row, signal }: Candidate,
  { why, host }: Miss,
): number | 'notModelled' | undefined {
  if (why !== 'noPart' || host === undefined || !OPTIONAL_PARTS.has(row.entity)) return undefined;
  const { kinds, steps } = RULES[row.entity];
  const [kind] = kinds;
  const isModelled = steps.some(
    step =>
      (step.by === 'number' && aliases.countOf(host, kind) > 0) ||
      (step.by === 'part' && aliases.hasWithin(host, kind, step.type)),
  );
  if (isModelled) return undefined;
  const hasHost = (SIGNALS[signal] as SignalRow).kinds.includes('host');
  return hasHost && row.combine !== undefined ? host : 'notModelled';
}
