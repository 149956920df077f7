/**
 * Bindings of joined series. Rows that take a series take all others of its name whose labels differ
 * in nothing but the entity: so what a binding needs is worked out for the first of them, and for
 * the others, of which there are a million at a start, only the entity is put in.
 */
import { SIGNALS } from '../../twin/index.ts';
import type { BoundRow, Join } from '../identity/join.ts';
import type { LiveTwin } from '../live-twin.ts';
import type { Binding } from './binding.ts';
import type { Labels, PageSource } from './contract.ts';
import type { LiveWriter } from './live-writer.ts';
import type { EntityRule } from './mapping.ts';
import { isPlain } from './stages.ts';

export interface JoinedBindings {
  /**
   * The binding of a series whose entity is known by the rule of an earlier one that is like it;
   * undefined when it has to be joined. Read it at once: the next one is written in its place.
   */
  find(name: string, labels: Labels, source: PageSource): Binding | undefined;
  /** The binding of a series that was joined; those like it need not be. */
  of(name: string, labels: Labels, [source, found]: [PageSource, Found]): Binding;
}

interface Found {
  readonly rows: readonly BoundRow[];
  /** By which all of its rows were looked for; undefined where they differ. */
  readonly rule: EntityRule | undefined;
}

/** What series of one name have in common that are told apart by nothing but the entity. */
interface Plan {
  /** Values of the labels that the rows read. */
  readonly values: readonly string[];
  readonly rule: EntityRule;
  readonly kind: number;
  /** For a stage of each series; absent when the sample goes straight to the cell. */
  readonly rows: readonly BoundRow[] | undefined;
  readonly binding: { -readonly [Field in keyof Binding]: Binding[Field] };
}

interface PlansOfName {
  readonly reads: readonly string[];
  readonly plans: Plan[];
}

/** Plans of one name: labels read that have more values (a mount point) are joined each time. */
const MAX_PLANS = 16;

export function createJoinedBindings(
  live: LiveTwin,
  { stages }: LiveWriter,
  join: Join,
): JoinedBindings {
  const byName = new Map<string, PlansOfName>();
  const { topology } = join;

  function planOf({ rows, rule }: Found & { readonly rule: EntityRule }, values: string[]): Plan {
    const [first] = rows;
    const common = { values, rule, kind: topology.kind[first.entity] };
    const binding = plainBinding(live, first);
    if (isPlainAlone(rows)) return { ...common, rows: undefined, binding };
    return { ...common, rows: withTexts(live, rows), binding: stageBinding(binding) };
  }

  /** The plan's binding, of this entity now. */
  function bound({ rows, binding }: Plan, entity: number): Binding {
    binding.entity = entity;
    binding.cell = rows
      ? stages.add(rows.map(row => ({ ...row, entity })))
      : live.twin.state.ensureCell(binding.signal, entity);
    return binding;
  }

  function alone(rows: readonly BoundRow[]): Binding {
    const binding = plainBinding(live, rows[0]);
    if (isPlainAlone(rows)) return binding;
    return { ...stageBinding(binding), cell: stages.add(withTexts(live, rows)) };
  }

  function find(name: string, labels: Labels, source: PageSource): Binding | undefined {
    const known = byName.get(name);
    if (!known) return undefined;
    for (const plan of known.plans) {
      if (!hasValues(plan, known.reads, labels, source)) continue;
      const entity = join.entityOf(plan.rule, labels, source);
      if (entity >= 0 && topology.kind[entity] === plan.kind) return bound(plan, entity);
    }
    return undefined;
  }

  return {
    find,
    of(name, labels, [source, { rows, rule }]) {
      const [{ entity }] = rows;
      // Not by fallback, and without a doubt.
      if (rule === undefined || join.entityOf(rule, labels, source) !== entity) return alone(rows);
      const planned = find(name, labels, source);
      if (planned) return planned;
      const known = byName.get(name) ?? { reads: join.readsOf(name), plans: [] };
      byName.set(name, known);
      if (known.plans.length >= MAX_PLANS) return alone(rows);
      const values = known.reads.map(read => labelOf(read, labels, source));
      const plan = planOf({ rows, rule }, values);
      known.plans.push(plan);
      return bound(plan, entity);
    },
  };
}

const labelOf = (label: string, labels: Labels, source: PageSource) =>
  labels[label] ?? source.labels[label] ?? '';

function hasValues(
  { values }: Plan,
  reads: readonly string[],
  labels: Labels,
  source: PageSource,
): boolean {
  for (let i = 0; i < reads.length; i++) {
    if (labelOf(reads[i], labels, source) !== values[i]) return false;
  }
  return true;
}

/** One plain row goes straight to its cell, anything else through a stage. */
const isPlainAlone = (rows: readonly BoundRow[]) => rows.length === 1 && isPlain(rows[0]);

const withTexts = (live: LiveTwin, rows: readonly BoundRow[]): BoundRow[] =>
  rows.map(row => (row.text === undefined ? row : { ...row, fixed: live.texts.intern(row.text) }));

function stageBinding({ combine: _combine, text: _text, ...plain }: Binding): Binding {
  const open = { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY };
  return { ...plain, ...open, scale: 1, offset: 0 };
}

function plainBinding(live: LiveTwin, { row, signal, entity, text, rank }: BoundRow): Binding {
  const { range, shed, staleAfterS } = SIGNALS[signal];
  const { combine } = row;
  return {
    ...{ entity, signal, rank, shed, staleAfterS },
    cell: live.twin.state.ensureCell(signal, entity),
    scale: row.scale ?? 1,
    offset: row.offset ?? 0,
    mode: row.mode ?? 'gauge',
    min: range[0],
    max: range[1],
    ...(combine && combine !== 'p99' ? { combine } : {}),
    ...(text === undefined ? {} : { text: live.texts.intern(text) }),
  };
}
