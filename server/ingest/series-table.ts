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
import { KeyTable, MAX_KEY_BYTES } from './key-table.ts';
import {
  isRefusal,
  type LabelLimits,
  type LabelSet,
  labelsOfSymbols,
  labelsOfText,
  labelsOfWriteV1,
  type Refusal,
} from './label-set.ts';
import { MetricNames } from './metric-names.ts';
import { IGNORED, INCREASE_1H, NO_COMBINE, Profiles, UNMATCHED } from './profile.ts';
import { Replicas } from './replicas.ts';
import { NONE, SeriesColumns } from './series-columns.ts';

/** In which form the bytes of a key hold the labels. */
export const PAGE = 0;
export const WRITE_V1 = 1;
export const WRITE_V2 = 2;
/** Text like a page, but the labels are whole: none are added by a scrape. */
export const QUERY = 3;
const FORMS = 4;

export interface SeriesLimits extends LabelLimits {
  /** Series held, with or without an entity. */
  readonly maxSeries: number;
  /** Series held for which no entity was found; further ones are only counted. */
  readonly maxUnmatched: number;
  /** Bytes of the label sets held. */
  readonly maxKeyBytes: number;
  /** Metric names remembered as mapped or not. */
  readonly maxNames: number;
}

export interface SeriesTableOptions {
  readonly bind: Bind;
  /** False when no mapping row has the metric: its series are counted without a look at labels. */
  readonly maps: (name: string) => boolean;
  readonly limits: SeriesLimits;
  /** Of the hashes; random in production. */
  readonly seed: number;
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
  keys: KeyTable;
  columns = new SeriesColumns();
  readonly profiles = new Profiles();
  readonly groups = new Groups();
  readonly windows = new HourWindows();
  readonly replicas = new Replicas();
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
  private readonly sources: PageSource[] = [];
  /** Label names and values of remote write 2.0, whose keys are sequences of their ids. */
  private symbols: KeyTable;
  private readonly beyond: Fingerprints;

  constructor(options: SeriesTableOptions) {
    const { seed, maps, limits } = options;
    this.options = options;
    this.keys = this.newKeys();
    this.symbols = this.newKeys();
    this.names = new MetricNames(maps, limits.maxNames, seed);
    this.beyond = new Fingerprints(seed);
  }

  private newKeys(): KeyTable {
    const { maxSeries, maxKeyBytes } = this.options.limits;
    return new KeyTable({ maxKeys: maxSeries, maxBytes: maxKeyBytes }, this.options.seed);
  }

  /** @returns the index of a source, part of the identity of its series */
  addSource(source: PageSource): number {
    for (let form = 0; form < FORMS; form++) this.first.push(NONE);
    return this.sources.push(source) - 1;
  }

  static space = (source: number, form: number) => source * FORMS + form;

  /** The id of a symbol of remote write 2.0, or -1 when there is no room for it. */
  symbol(bytes: Bytes, start: number, end: number): number {
    const known = this.symbols.find(bytes, start, end, 0);
    return known >= 0 ? known : this.symbols.add(bytes, start, end, 0);
  }

  /**
   * Takes up the series whose key is `bytes[start .. end)`, which `keys` does not have yet.
   * @returns its id, or when it is not held `~outcome` (below 0): what its samples count under
   */
  takeUp(bytes: Bytes, start: number, end: number, space: number): number {
    this.refusal = '';
    if (this.keys.count >= this.options.limits.maxSeries) return this.full();
    if (end - start > MAX_KEY_BYTES) return this.refused(TOO_LONG);
    const isFull = this.unmatchedCount + this.ignoredCount >= this.options.limits.maxUnmatched;
    if (isFull && this.beyond.has(bytes, start, end, space)) return ~AT.unmatched;
    if (isFull && this.beyond.has(bytes, start, end, ~space)) return ~AT.ignored;
    const labelSet = this.labelSet(bytes.buffer.subarray(start, end), space);
    if (isRefusal(labelSet)) return this.refused(labelSet);
    if (!this.options.maps(labelSet.name)) return ~AT.unmapped;
    const destination = this.bind(labelSet, space);
    const { bound } = destination;
    if (isFull && (bound === null || bound === 'ignored')) {
      this.beyond.add(bytes, start, end, bound === null ? space : ~space);
      return bound === null ? ~AT.unmatched : ~AT.ignored;
    }
    const id = this.keys.add(bytes, start, end, space);
    if (id < 0) return this.full();
    this.columns.clear(id);
    this.settle(id, destination);
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
    const labelSet = this.labelSet(this.keys.keyOf(id), this.keys.spaceOf(id));
    if (isRefusal(labelSet)) return labelSet.text;
    const pairs = Object.entries(labelSet.labels).map(([k, v]) => `${k}=${JSON.stringify(v)}`);
    return `${labelSet.name}{${pairs.join(',')}}`;
  }

  private labelSet(key: Buffer, space: number): LabelSet | Refusal {
    const { limits } = this.options;
    const form = space % FORMS;
    if (form === WRITE_V1) return labelsOfWriteV1(key, limits);
    if (form === PAGE) return labelsOfText(key, limits, this.sourceOf(space).labels);
    if (form === QUERY) return labelsOfText(key, limits);
    return labelsOfSymbols(symbolIds(key), id => this.symbols.keyOf(id), limits);
  }

  private sourceOf(space: number): PageSource {
    return this.sources[Math.floor(space / FORMS)];
  }

  private bind({ name, labels }: LabelSet, space: number): Destination {
    const source = this.sourceOf(space);
    // A page comes from the exporter itself; only what passed a Prometheus can come twice.
    const isDirect = space % FORMS === PAGE;
    const split = isDirect ? { replica: NONE, labels } : this.replicas.split(labels);
    return { bound: this.options.bind(name, split.labels, source), replica: split.replica };
  }

  /** Writes down what a series is bound to; what its samples left stays. */
  private settle(id: number, { bound, replica }: Destination): void {
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
    for (let id = 0; id < this.keys.count; id++) {
      if (move && this.moved(id, move)) continue;
      this.settle(id, this.bindHeld(id));
    }
  }

  private bindHeld(id: number): Destination {
    const space = this.keys.spaceOf(id);
    const labelSet = this.labelSet(this.keys.keyOf(id), space);
    if (isRefusal(labelSet)) throw new Error(`a series held has no labels: ${labelSet.text}`);
    return this.bind(labelSet, space);
  }

  /**
   * Binds anew the series without an entity, after a name was learned that they may have, and those
   * of the entities that are concerned; the rest stays.
   */
  rebindSome(isConcerned: (entity: number) => boolean): void {
    const { columns } = this;
    this.beyond.clear();
    for (let id = 0; id < this.keys.count; id++) {
      const profile = columns.profile[id];
      if (profile === IGNORED || (profile !== UNMATCHED && !isConcerned(columns.entity[id]))) {
        continue;
      }
      this.countUnbound(id, -1);
      this.groups.leave(id, columns);
      this.settle(id, this.bindHeld(id));
    }
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
   * Drops the series without a sample since `beforeMs`, and gives their memory back. Ids change.
   * @returns how many were dropped
   */
  forget(beforeMs: number): number {
    const { keys, columns, symbols } = this;
    this.isFull = false;
    this.forgetOrder();
    this.keys = this.newKeys();
    this.symbols = this.newKeys();
    this.columns = new SeriesColumns();
    this.groups.clear();
    this.unmatchedCount = 0;
    this.ignoredCount = 0;
    for (let id = 0; id < keys.count; id++) {
      const isKept = columns.lastAtMs[id] >= beforeMs;
      const isWindowed = this.profiles.list[columns.profile[id]].mode === INCREASE_1H;
      if (isKept) this.keep(id, { keys, columns, symbols });
      else {
        this.releaseCell(columns.cell[id]);
        if (isWindowed) this.windows.close(columns.extra[id]);
      }
    }
    return keys.count - this.keys.count;
  }

  private keep(oldId: number, from: Pick<SeriesTable, 'keys' | 'columns'> & Symbols): void {
    const space = from.keys.spaceOf(oldId);
    const key = bytesOf(Buffer.from(from.keys.keyOf(oldId)));
    if (space % FORMS === WRITE_V2) {
      for (let at = 0; at < key.length; at += 4) {
        const symbol = bytesOf(from.symbols.keyOf(key.view.getInt32(at, true)));
        key.view.setInt32(at, this.symbol(symbol, 0, symbol.length), true);
      }
    }
    const id = this.keys.add(key, 0, key.length, space);
    this.columns.take(id, from.columns, oldId);
    this.joinGroup(id);
    this.countUnbound(id, 1);
  }

  /** Ids of series and names are about to change: no source's order is known any more. */
  private forgetOrder(): void {
    this.columns.next.fill(NONE);
    this.first.fill(NONE);
  }
}

interface Symbols {
  readonly symbols: KeyTable;
}

interface Destination {
  readonly bound: Bound;
  readonly replica: number;
}

const TOO_LONG: Refusal = {
  outcome: 'labelTooLong',
  text: `the label set has more than ${MAX_KEY_BYTES} bytes`,
};

function symbolIds(key: Buffer): number[] {
  const ids: number[] = [];
  for (let at = 0; at < key.length; at += 4) ids.push(key.readInt32LE(at));
  return ids;
}
