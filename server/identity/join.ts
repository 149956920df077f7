/**
 * Joins series to entities: metric name to mapping rows, labels to the entity of each row. Pure but
 * for what it learns; the caller keeps the answer for the series until `revision` changes.
 */
import { KINDS, SIGNALS, type SignalRow, signalIndex, type Topology } from '../../twin/index.ts';
import type { Labels, PageSource } from '../ingest/contract.ts';
import type { EntityRule, Mapping, MappingRow, SeriesChoice, Where } from '../ingest/mapping.ts';
import { type AliasIndex, isFound } from './alias-index.ts';
import { type LabelOf, type Miss, type Resolved, resolve } from './resolve.ts';
import { RULES, SERIAL_LABELS, UUID_LABELS } from './rules.ts';

export interface BoundRow {
  readonly row: MappingRow;
  /** Dense over the rows of all mappings: with the entity, the key of an accumulator. */
  readonly rowIndex: number;
  readonly mapping: string;
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
export type BindResult =
  | { readonly kind: 'bound'; readonly rows: readonly BoundRow[]; readonly missed: RowMiss[] }
  | { readonly kind: 'unmatched'; readonly missed: RowMiss[] }
  | { readonly kind: 'ignored'; readonly why: 'listed' | 'bucket' | 'filtered' | 'notModelled' }
  | { readonly kind: 'unmapped' };

/** Two names of one series lead to different entities; it was bound by the more reliable one. */
export interface Contradiction {
  readonly entity: number;
  readonly detail: string;
  readonly count: number;
}

export interface Join {
  bind(name: string, labels: Labels, source: PageSource): BindResult;
  /** Grows when something was learned that may change earlier answers. */
  readonly revision: number;
  readonly rowCount: number;
  readonly topology: Topology;
  readonly aliases: AliasIndex;
  /** Bounded to 1,000 entries. */
  contradictions(): readonly Contradiction[];
}

export interface JoinOptions {
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
  readonly signal: number;
  readonly side: 'value' | 'over';
  readonly where?: Where;
  readonly fixed?: number;
}

/** Names seen that no row wants; beyond it they are judged anew each time. */
const VERDICT_LIMIT = 50_000;
const CONTRADICTION_LIMIT = 1000;

/** @throws RangeError for a row whose signal does not exist. */
export function createJoin(options: JoinOptions): Join {
  const { topology, aliases, mappings } = options;
  const { byName, rowCount } = indexRows(mappings);
  const isIgnored = ignoreTest(mappings);
  const contradictions = new Map<string, Contradiction>();
  let revision = 0;
  const context = {
    aliases,
    zeroBased: new Set<number>(),
    onRenumbered: () => {
      revision++;
    },
  };
  const learning: Learning = {
    aliases,
    contradictions,
    onLearned: () => {
      revision++;
    },
  };

  function bindRow(candidate: Candidate, labelOf: LabelOf): BoundRow | RowMiss | Passed {
    const { row } = candidate;
    if (candidate.where && !matches(candidate.where, labelOf)) return 'filtered';
    const text = row.textLabel === undefined ? undefined : labelOf(row.textLabel);
    if (text === '') return 'filtered';
    const found = checked(learning, [row.entity, labelOf], resolve(context, row.entity, labelOf));
    const entity = found.ok ? found.entity : fallback(aliases, candidate, found);
    if (entity === 'notModelled') return entity;
    const origin = { mapping: candidate.mapping, rule: row.entity };
    if (entity === undefined) return { ...(found as Miss), ...origin };
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
    const rows: BoundRow[] = [];
    const missed: RowMiss[] = [];
    let why: Passed = 'filtered';
    for (const candidate of candidates) {
      const bound = bindRow(candidate, labelOf);
      if (typeof bound === 'string') {
        if (bound === 'notModelled') why = bound;
      } else if ('why' in bound) missed.push(bound);
      else rows.push(bound);
    }
    if (rows.length > 0) return { kind: 'bound', rows, missed };
    if (missed.length > 0) return { kind: 'unmatched', missed };
    return { kind: 'ignored', why };
  }

  return {
    bind,
    get revision() {
      return revision;
    },
    rowCount,
    topology,
    aliases,
    contradictions: () => [...contradictions.values()],
  };
}

function boundRow(
  candidate: Candidate,
  entity: number,
  [labelOf, text]: [LabelOf, string | undefined],
): BoundRow {
  const { row, rowIndex, mapping, signal, side, fixed } = candidate;
  const by = row.over?.by;
  const bound = { row, rowIndex, mapping, signal, entity, side };
  const groupKey = by ? by.map(labelOf).join('\u0000') : undefined;
  return {
    ...bound,
    ...(groupKey !== undefined && { groupKey }),
    ...(text !== undefined && { text }),
    ...(fixed !== undefined && { fixed }),
  };
}

function indexRows(mappings: readonly Mapping[]) {
  const byName = new Map<string, Candidate[]>();
  let rowCount = 0;
  for (const mapping of mappings) {
    for (const row of mapping.rows) {
      const base = { row, rowIndex: rowCount++, mapping: mapping.id };
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

interface Learning {
  readonly aliases: AliasIndex;
  readonly contradictions: Map<string, Contradiction>;
  readonly onLearned: () => void;
}

/** After a rule found its entity: learns what is new, refuses what contradicts what is known. */
function checked(
  learning: Learning,
  [rule, labelOf]: [EntityRule, LabelOf],
  found: Resolved,
): Resolved {
  if (!found.ok) return found;
  if (rule === 'gpu') return checkedGpu(learning, labelOf, found);
  if (rule === 'bmcHost' && SERIAL_LABELS.includes(found.label ?? '')) {
    learnBmcAddress(learning, labelOf, found);
  }
  return found;
}

/** A BMC known by its machine's serial number: from now on by its address too. */
function learnBmcAddress(learning: Learning, labelOf: LabelOf, found: Resolved & { ok: true }) {
  const value = labelOf('target') || labelOf('instance');
  const { aliases } = learning;
  if (value === '' || isFound(aliases.find('bmc', value))) return;
  const evidence = `${found.label} '${labelOf(found.label ?? '')}'`;
  aliases.learn({ entity: found.entity, type: 'bmcAddress', value, evidence });
  learning.onLearned();
}

const uuidOf = (labelOf: LabelOf) => UUID_LABELS.map(labelOf).find(value => value !== '') ?? '';

/**
 * A GPU's UUID against its place. Found by its place, its UUID is learned, unless the GPU in that
 * place has another one: then a board was moved or swapped, and nothing is guessed. Found by its
 * UUID, a page of another host is refused too; only an index that differs is noted and passed,
 * because NVML renumbers the rest when one GPU falls off the bus.
 */
function checkedGpu(
  learning: Learning,
  labelOf: LabelOf,
  found: Resolved & { ok: true },
): Resolved {
  const { aliases } = learning;
  const uuid = uuidOf(labelOf);
  const isUuidUsable = uuid !== '' && !/^(gpu-)?[0-]+$/i.test(uuid);
  if (found.by !== 'name' || !UUID_LABELS.includes(found.label ?? '')) {
    if (!isUuidUsable) return found;
    if (aliases.hasGpuUuid(found.entity)) {
      return conflict(aliases, `UUID '${uuid}' is unknown, its place has another`, found.entity);
    }
    const value = labelOf(found.label ?? '');
    const host = aliases.topology.ids[aliases.topology.parent[found.entity]];
    const evidence = `host '${host}' and ${found.label ?? 'its only GPU'} '${value}'`;
    aliases.learn({ entity: found.entity, type: 'gpuUuid', value: uuid, evidence });
    learning.onLearned();
    return found;
  }
  return checkedPlace(learning, labelOf, found);
}

function checkedPlace(
  learning: Learning,
  labelOf: LabelOf,
  found: Resolved & { ok: true },
): Resolved {
  const { aliases } = learning;
  const { topology } = aliases;
  const host = resolve(NO_NUMBERS(aliases), 'host', labelOf);
  if (!host.ok) return found;
  const at = topology.parent[found.entity];
  if (host.entity !== at) {
    const where = topology.ids[host.entity];
    return conflict(
      aliases,
      `UUID is of '${topology.ids[at]}', labels say '${where}'`,
      found.entity,
    );
  }
  const pci = aliases.findWithin(at, 'gpu', 'pciBusId', labelOf('pci_bus_id'));
  if (isFound(pci) && pci !== found.entity) {
    return conflict(aliases, `PCI address is of '${topology.ids[pci]}'`, found.entity);
  }
  noteIndex(learning, labelOf, found.entity);
  return found;
}

const NO_NUMBERS = (aliases: AliasIndex) => ({
  aliases,
  zeroBased: new Set<number>(),
  onRenumbered: () => {},
});

function noteIndex(learning: Learning, labelOf: LabelOf, entity: number) {
  const { aliases, contradictions } = learning;
  const text = labelOf('gpu');
  const { topology } = aliases;
  if (!/^\d+$/.test(text)) return;
  const byIndex = aliases.nth(topology.parent[entity], 'gpu', Number(text));
  if (byIndex === entity || !isFound(byIndex)) return;
  const key = `${entity} ${text}`;
  const known = contradictions.get(key);
  if (known === undefined && contradictions.size >= CONTRADICTION_LIMIT) return;
  const detail = `UUID is of '${topology.ids[entity]}', index ${text} of '${topology.ids[byIndex]}'`;
  contradictions.set(key, { entity, detail, count: (known?.count ?? 0) + 1 });
}

function conflict(aliases: AliasIndex, detail: string, entity: number): Miss {
  const name = aliases.topology.ids[entity];
  return { ok: false, why: 'conflict', detail: `${detail} ('${name}')` };
}
