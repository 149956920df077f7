/** Which series have values in a stretch of time. */
import { type Asked, eachFile, within } from './ask.ts';
import type { SeriesAnswer, SeriesQuery } from './contract.ts';
import type { ParquetFile } from './parquet/file.ts';
import { timeBounds } from './parquet/footer.ts';
import { spansOf } from './spans.ts';
import type { Tail } from './tail.ts';
import { TIERS } from './tiers.ts';
import type { Span } from './wanted.ts';

const LIMIT = 1_000_000;
/** Roll-ups of an hour name each series once an hour: they are read first. */
const COARSEST_FIRST = TIERS.toReversed();

export function askSeries(asked: Asked, query: SeriesQuery): SeriesAnswer {
  const { fromMs, toMs, limit = LIMIT } = query;
  if (!(toMs > fromMs)) throw new RangeError('from: it must be before to, and both must be times');
  const found = new FoundSeries(query, limit);
  for (const span of spansOf([fromMs, toMs], COARSEST_FIRST, asked.checkpoint)) {
    const { stepMs } = TIERS.find(tier => tier.id === span.tier)!;
    // An interval that began before may reach into the span.
    const reach = { ...span, fromMs: span.fromMs - Math.max(0, stepMs - 1) };
    eachFile(
      asked,
      file => file.tier === span.tier && within(file, reach),
      opened => found.inFile(opened, reach),
    );
    if (span.tier === 'raw') for (const tail of asked.tails) found.inTail(tail, span);
  }
  return found.answer();
}

class FoundSeries {
  private readonly wantedSignals: ReadonlySet<string> | undefined;
  private readonly wantedEntities: ReadonlySet<string> | undefined;
  private readonly entities = new Names();
  private readonly signals = new Names();
  private readonly pairs = new Set<number>();
  private readonly limit: number;
  private isCut = false;

  constructor({ signals, entities }: SeriesQuery, limit: number) {
    this.wantedSignals = signals && new Set(signals);
    this.wantedEntities = entities && new Set(entities);
    this.limit = limit;
  }

  inFile(file: ParquetFile, { fromMs, toMs }: Span) {
    for (const group of file.footer.groups) {
      const bounds = timeBounds(group.columns.time);
      if (bounds && (bounds[0] >= toMs || bounds[1] < fromMs)) continue;
      const signals = file.texts(group, 'signal');
      if (!signals.texts.some(id => this.wantsSignal(id))) continue;
      const entities = file.texts(group, 'entity');
      if (!entities.texts.some(id => this.wantsEntity(id))) continue;
      const isInside = bounds !== undefined && bounds[0] >= fromMs && bounds[1] < toMs;
      const times = isInside ? undefined : file.numbers(group, 'time');
      for (let e = 0, s = 0, start = 0; start < group.rows; ) {
        const end = Math.min(entities.ends[e], signals.ends[s]);
        const isThere = !times || times.subarray(start, end).some(ms => ms >= fromMs && ms < toMs);
        if (isThere) this.add(entities.texts[entities.codes[e]], signals.texts[signals.codes[s]]);
        if (entities.ends[e] === end) e++;
        if (signals.ends[s] === end) s++;
        start = end;
      }
    }
  }

  inTail(tail: Tail, { fromMs, toMs }: Span) {
    const { generation, columns, seriesCount } = tail;
    const isThere = new Uint8Array(seriesCount);
    for (const { series, times, values, count } of tail.blocks) {
      for (let i = 0; i < count; i++) {
        if (times[i] < fromMs || times[i] >= toMs || Number.isNaN(values[i])) continue;
        isThere[series[i]] = 1;
      }
    }
    for (const { signal, start, first, count } of columns) {
      for (let i = 0; i < count; i++) {
        if (isThere[first + i] === 1) this.add(generation.ids[start + i], signal);
      }
    }
  }

  answer(): SeriesAnswer {
    const [entityOf, signalOf] = [
      new Uint32Array(this.pairs.size),
      new Uint32Array(this.pairs.size),
    ];
    let i = 0;
    for (const pair of this.pairs) {
      entityOf[i] = Math.floor(pair / SIGNALS_MAX);
      signalOf[i++] = pair % SIGNALS_MAX;
    }
    const [entities, signals] = [this.entities.list, this.signals.list];
    return { entities, signals, entityOf, signalOf, isCut: this.isCut };
  }

  private wantsSignal(id: string): boolean {
    return this.wantedSignals?.has(id) ?? true;
  }

  private wantsEntity(id: string): boolean {
    return this.wantedEntities?.has(id) ?? true;
  }

  private add(entity: string, signal: string) {
    if (!this.wantsSignal(signal) || !this.wantsEntity(entity)) return;
    if (this.pairs.size >= this.limit) {
      this.isCut = true;
      return;
    }
    this.pairs.add(this.entities.placeOf(entity) * SIGNALS_MAX + this.signals.placeOf(signal));
  }
}

/** More than there ever are, so that a pair is one number. */
const SIGNALS_MAX = 2 ** 16;

class Names {
  readonly list: string[] = [];
  private readonly places = new Map<string, number>();

  placeOf(name: string): number {
    let place = this.places.get(name);
    if (place === undefined) {
      place = this.list.push(name) - 1;
      this.places.set(name, place);
    }
    return place;
  }
}
