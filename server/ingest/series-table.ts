/**
 * Series by the bytes that name them. What a series means is worked out once, when it is first
 * seen; afterwards its bytes lead straight to its cell. Everything is bounded: what does not fit is
 * counted and otherwise ignored.
 */
import type { Bind, Bound } from './binding.ts';
import { type Bytes, bytesOf } from './bytes.ts';
import type { PageSource } from './contract.ts';
import { AT } from './counters.ts';
import { Fingerprints } from './fingerprints.ts';
import { Groups } from './groups.ts';
import { HourWindows } from './hour-window.ts';
import { KeptCounters } from './kept-counters.ts';
import { KeyTable, MAX_KEY_BYTES } from './key-table.ts';
import { isRefusal, type LabelLimits, type Refusal } from './label-set.ts';
import { MetricNames } from './metric-names.ts';
import { IGNORED, INCREASE_1H, NO_COMBINE, Profiles, UNMATCHED } from './profile.ts';
import type { Replicas } from './replicas.ts';
import { NONE, SeriesColumns } from './series-columns.ts';
import { FORMS, type Identity, SeriesIdentity } from './series-identity.ts';
import type { TableMemory } from './table-memory.ts';

interface SeriesLimits extends LabelLimits {
  /** Series held, with or without an entity. */
  readonly maxSeries: number;
  /** Series held for which no entity was found; further ones are only counted. */
  readonly maxUnmatched: number;
  /** Series held that no row has a use for; further ones are only counted. */
  readonly maxIgnored: number;
  /** Bytes of the label sets held. */
  readonly maxKeyBytes: number;
  /** Metric names remembered as mapped or not. */
  readonly maxNames: number;
}

interface SeriesTableOptions {
  readonly bind: Bind;
  /** False when no mapping row has the metric: its series are counted without a look at labels. */
  readonly maps: (name: string) => boolean;
  readonly limits: SeriesLimits;
  /** Of the hashes; random in production. */
  readonly seed: number;
  /** Of the keys and their order: whoever takes series in it shares it. */
  readonly shared: TableMemory;
  /** Told of a cell that a series no longer leads to. */
  readonly release?: ((cell: number) => void) | undefined;
}

/** Where the cells of the last topology generation are in the new one; -1 where they are not. */
export interface Move {
  entity(old: number): number;
  /** @param oldCell where the series went before */
  cell(entity: number, signal: number, oldCell: number): number;
}

export class SeriesTable {
  readonly keys: KeyTable;
  readonly columns: SeriesColumns;
  readonly profiles = new Profiles();
  readonly groups = new Groups();
  readonly windows = new HourWindows();
  readonly counters = new KeptCounters(this);
  readonly names: MetricNames;
  unmatchedCount = 0;
  ignoredCount = 0;
  /** Set when a series had no room; `forget` clears it. */
  isFull = false;
  /** Why the last label set was refused, in words. */
  refusal = '';
  private readonly options: SeriesTableOptions;
  /** By space: the series that its page or request began with last time. */
  readonly first: number[] = [];
  private readonly identity: SeriesIdentity;
  /** Series that lead nowhere and had no room: they need not be looked at again. */
  private readonly beyond: Fingerprints;

  constructor(options: SeriesTableOptions) {
    const { seed, maps, limits, shared } = options;
    this.options = options;
    const limitsOfKeys = { maxKeys: limits.maxSeries, maxBytes: limits.maxKeyBytes };
    this.keys = new KeyTable(limitsOfKeys, seed, shared);
    this.columns = new SeriesColumns(shared);
    this.names = new MetricNames(maps, limits.maxNames, seed);
    this.beyond = new Fingerprints(seed);
    const symbols = new KeyTable(limitsOfKeys, seed);
    this.identity = new SeriesIdentity({ limits, names: this.names, symbols, seed });
  }

  get replicas(): Replicas {
    return this.identity.replicas;
  }

  /** @returns the index of a source, part of the identity of its series */
  addSource(source: PageSource): number {
    for (let form = 0; form < FORMS; form++) this.first.push(NONE);
    return this.identity.addSource(source);
  }

  /** See `SeriesIdentity.symbol`. */
  symbol(bytes: Bytes, start: number, end: number): number {
    return this.identity.symbol(bytes, start, end);
  }

  /**
   * Takes up the series whose key is `bytes[start .. end)`, which `keys` does not have yet.
   * @returns its id, or when it is not held `~outcome` (below 0): what its samples count under
   */
  takeUp(bytes: Bytes, start: number, end: number, space: number): number {
    this.refusal = '';
    if (this.keys.count >= this.options.limits.maxSeries) return this.full();
    if (end - start > MAX_KEY_BYTES) return this.refused(TOO_LONG);
    const sight = this.beyond.find(bytes, start, end, space);
    if (sight >= 0) return sight === NO_ENTITY ? ~AT.unmatched : ~AT.ignored;
    const identity = this.identity.read(bytes, start, end, space);
    if (isRefusal(identity)) return this.refused(identity);
    if (!this.options.maps(identity.name)) return ~AT.unmapped;
    const bound = this.bind(identity, space);
    if (bound === null && this.unmatchedCount >= this.options.limits.maxUnmatched) {
      this.beyond.add(bytes, [start, end], space, NO_ENTITY);
      return ~AT.unmatched;
    }
    if (bound === 'ignored' && this.ignoredCount >= this.options.limits.maxIgnored) {
      this.beyond.add(bytes, [start, end], space, NO_USE);
      return ~AT.ignored;
    }
    const id = this.keys.addSought(bytes, start, end, space);
    if (id < 0) return this.full();
    this.columns.clear(id);
    this.settle(id, bound, identity.replica);
    return id;
  }

  private full(): number {
    this.isFull = true;
    return ~AT.seriesLimit;
  }

  private refused({ outcome, text }: Refusal): number {
    this.refusal = text;
    return ~AT[outcome];
  }

  /** A series in words: its name and labels, as in a page. */
  describe(id: number): string {
    return this.identity.describe(this.keys.keyOf(id), this.keys.spaceOf(id));
  }

  /** By which it is known over a restart. */
  fullName(id: number): string {
    return `${this.identity.sourceOf(this.keys.spaceOf(id)).id} ${this.describe(id)}`;
  }

  private bind({ name, labels }: Identity, space: number): Bound {
    return this.options.bind(name, labels, this.identity.sourceOf(space));
  }

  /** Writes down what a series is bound to; what its samples left stays. */
  private settle(id: number, bound: Bound, replica: number): void {
    const { columns, windows } = this;
    const binding = bound === 'ignored' ? null : bound;
    const unbound = bound === 'ignored' ? IGNORED : UNMATCHED;
    const index = binding === null ? unbound : this.profiles.index(binding);
    const window = this.windowOf(id);
    const isWindowed = this.profiles.list[index].mode === INCREASE_1H;
    if (window !== NONE && !isWindowed) windows.close(window);
    // Without an entity this was when it was last heard, not the time of a sample taken.
    if (columns.profile[id] <= IGNORED) columns.lastAtMs[id] = Number.NaN;
    this.releaseCell(columns.cell[id]);
    columns.replica[id] = replica;
    columns.profile[id] = index;
    columns.cell[id] = binding?.cell ?? NONE;
    columns.entity[id] = binding?.entity ?? NONE;
    columns.extra[id] = binding?.text ?? NONE;
    if (isWindowed) columns.extra[id] = window === NONE ? windows.open() : window;
    this.joinGroup(id);
    this.countUnbound(id, 1);
    // It may find its entity only now, long after it was taken up.
    if (Number.isNaN(columns.lastAtMs[id])) this.counters.resume(id);
  }

  private countUnbound(id: number, by: 1 | -1): void {
    if (this.columns.profile[id] === UNMATCHED) this.unmatchedCount += by;
    else if (this.columns.profile[id] === IGNORED) this.ignoredCount += by;
  }

  private releaseCell(cell: number): void {
    if (cell !== NONE) this.options.release?.(cell);
  }

  private windowOf(id: number): number {
    const { mode } = this.profiles.list[this.columns.profile[id]];
    return mode === INCREASE_1H ? this.columns.extra[id] : NONE;
  }

  private joinGroup(id: number): void {
    this.columns.group[id] = NONE;
    const { combine } = this.profiles.list[this.columns.profile[id]];
    if (combine !== NO_COMBINE) this.groups.join(id, this.columns);
  }

  /**
   * Binds every series anew, after a change of the topology or of the mappings. With `move` (a new
   * generation, same mappings) a series whose entity lives on only gets its new indices, which is
   * much cheaper than reading its labels again.
   */
  rebind(move?: Move): void {
    this.forgetOrder();
    this.names.clear();
    this.beyond.clear();
    this.groups.clear();
    this.unmatchedCount = 0;
    this.ignoredCount = 0;
    for (let id = 0; id < this.keys.idEnd; id++) {
      if (!this.keys.has(id) || (move && this.moved(id, move))) continue;
      this.settleHeld(id);
    }
  }

  private settleHeld(id: number): void {
    const space = this.keys.spaceOf(id);
    const key = bytesOf(this.keys.keyOf(id));
    const identity = this.identity.read(key, 0, key.length, space);
    if (isRefusal(identity)) throw new Error(`a series held has no labels: ${identity.text}`);
    this.settle(id, this.bind(identity, space), identity.replica);
  }

  /**
   * Binds anew the series without an entity, after a name was learned that they may have, and those
   * of the entities that are concerned; the rest stays. A hundred thousand take long: `from` and
   * `most` make parts of it.
   * @param from 0, or where the last part ended
   * @returns where the next part begins; -1 when there is none
   */
  rebindSome(isConcerned: (entity: number) => boolean, from = 0, most = Infinity): number {
    const { columns, keys } = this;
    if (from === 0) this.beyond.clear();
    let count = 0;
    for (let id = from; id < keys.idEnd; id++) {
      const profile = columns.profile[id];
      if (!keys.has(id) || profile === IGNORED) continue;
      if (profile !== UNMATCHED && !isConcerned(columns.entity[id])) continue;
      if (++count > most) return id;
      this.countUnbound(id, -1);
      this.groups.leave(id, columns);
      this.settleHeld(id);
    }
    return -1;
  }

  private moved(id: number, move: Move): boolean {
    const { columns } = this;
    if (columns.profile[id] <= IGNORED) return false;
    const entity = move.entity(columns.entity[id]);
    if (entity < 0) return false;
    const { signal } = this.profiles.list[columns.profile[id]];
    const cell = move.cell(entity, signal, columns.cell[id]);
    if (cell < 0) return false;
    columns.entity[id] = entity;
    columns.cell[id] = cell;
    this.joinGroup(id);
    return true;
  }

  /**
   * Drops the series without a sample since `beforeMs`; their memory goes to those to come.
   * @returns how many were dropped
   */
  forget(beforeMs: number): number {
    const { keys, columns } = this;
    this.isFull = false;
    const countBefore = keys.count;
    for (let id = 0; id < keys.idEnd; id++) {
      if (keys.has(id) && !(columns.lastAtMs[id] >= beforeMs)) this.drop(id);
    }
    if (keys.count < countBefore) {
      keys.tidy();
      this.identity.forgetSymbols(keys);
    }
    return countBefore - keys.count;
  }

  private drop(id: number): void {
    const window = this.windowOf(id);
    if (window !== NONE) this.windows.close(window);
    this.countUnbound(id, -1);
    this.groups.leave(id, this.columns);
    this.releaseCell(this.columns.cell[id]);
    this.keys.remove(id);
  }

  /** What is known of names is about to be asked anew: no source's order is known any more. */
  private forgetOrder(): void {
    this.columns.next.fill(NONE);
    this.first.fill(NONE);
  }
}

/** What series beyond the limits turned out to be. */
const NO_ENTITY = 0;
const NO_USE = 1;

const TOO_LONG: Refusal = {
  outcome: 'labelTooLong',
  text: `the label set has more than ${MAX_KEY_BYTES} bytes`,
};
