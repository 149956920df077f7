/**
 * What the bytes of a series' key mean: its name, its labels and the replica it comes from, read in
 * the form in which its source sends them.
 */
import { type Bytes, bytesOf } from './bytes.ts';
import type { PageSource } from './contract.ts';
import type { KeyTable } from './key-table.ts';
import {
  isRefusal,
  type LabelLimits,
  type LabelSet,
  labelsOfSymbols,
  labelsOfText,
  labelsOfWriteV1,
  type Refusal,
} from './label-set.ts';
import { type KnownLabels, LabelSets } from './label-sets.ts';
import type { MetricNames } from './metric-names.ts';
import { NameFinder } from './name-finder.ts';
import { Replicas } from './replicas.ts';
import { NONE } from './series-columns.ts';

/** In which form the bytes of a key hold the labels. */
export const PAGE = 0;
export const WRITE_V1 = 1;
export const WRITE_V2 = 2;
/** Text like a page, but the labels are whole: none are added by a scrape. */
export const QUERY = 3;
export const FORMS = 4;

/** The keys of one source in one form are a space of their own. */
export const spaceOf = (source: number, form: number) => source * FORMS + form;
const formOf = (space: number) => space % FORMS;

export interface Identity extends KnownLabels {
  readonly name: string;
}

interface SeriesIdentityOptions {
  readonly limits: LabelLimits;
  readonly names: MetricNames;
  readonly symbols: KeyTable;
  readonly seed: number;
}

const NAME_LABEL = bytesOf(Buffer.from('__name__'));

export class SeriesIdentity {
  readonly replicas = new Replicas();
  /** Label names and values of remote write 2.0, whose keys are sequences of their ids. */
  private readonly symbols: KeyTable;
  private readonly options: SeriesIdentityOptions;
  private readonly sources: PageSource[] = [];
  private readonly known: LabelSets;
  private readonly finder = new NameFinder();
  private readonly current: { -readonly [Field in keyof Identity]: Identity[Field] } = {
    ...{ name: '', labels: {}, replica: NONE },
  };

  constructor(options: SeriesIdentityOptions) {
    this.options = options;
    this.symbols = options.symbols;
    this.known = new LabelSets(options.seed);
  }

  /** @returns the index of a source, part of the identity of its series */
  addSource(source: PageSource): number {
    return this.sources.push(source) - 1;
  }

  sourceOf(space: number): PageSource {
    return this.sources[Math.floor(space / FORMS)];
  }

  /** The id of a symbol, or -1 when there is no room for it. */
  symbol(bytes: Bytes, start: number, end: number): number {
    const known = this.symbols.find(bytes, start, end, 0);
    return known >= 0 ? known : this.symbols.addSought(bytes, start, end, 0);
  }

  /** Drops the symbols that none of these keys has; those that stay keep their ids. */
  forgetSymbols(keys: KeyTable): void {
    const { symbols } = this;
    const isUsed = new Uint8Array(symbols.idEnd);
    for (let id = 0; id < keys.idEnd; id++) {
      if (!keys.has(id) || formOf(keys.spaceOf(id)) !== WRITE_V2) continue;
      for (let at = 0; at < keys.lengthOf(id); at += 4) isUsed[keys.wordOf(id, at)] = 1;
    }
    for (let id = 0; id < isUsed.length; id++) {
      if (isUsed[id] === 0 && symbols.has(id)) symbols.remove(id);
    }
    symbols.tidy();
    this.known.clear();
  }

  /** Read it at once: the next one may be written in its place. */
  read(bytes: Bytes, start: number, end: number, space: number): Identity | Refusal {
    const name = this.nameIn(bytes, start, end, space);
    if (name === '') return this.readWhole(bytes.buffer.subarray(start, end), space);
    const known = this.known.find(bytes, [start, end], space, this.finder);
    if (known) return this.named(name, known);
    const identity = this.readWhole(bytes.buffer.subarray(start, end), space);
    if (!isRefusal(identity)) this.known.add(space, identity);
    return identity;
  }

  private named(name: string, { labels, replica }: KnownLabels): Identity {
    this.current.name = name;
    this.current.labels = labels;
    this.current.replica = replica;
    return this.current;
  }

  /** The name, when it is found without reading all labels and is no longer than allowed. */
  private nameIn(bytes: Bytes, start: number, end: number, space: number): string {
    const { finder, symbols } = this;
    const form = formOf(space);
    if (form === WRITE_V2) {
      const nameId = symbols.find(NAME_LABEL, 0, NAME_LABEL.length, 0);
      if (nameId < 0 || !finder.inSymbols(bytes, start, end, nameId)) return '';
      return this.nameOf(bytesOf(symbols.keyOf(bytes.view.getInt32(finder.at, true))));
    }
    const isFound =
      form === WRITE_V1 ? finder.inWriteV1(bytes, start, end) : finder.inText(bytes, start, end);
    return isFound ? this.nameOf(bytes, finder.at, finder.end) : '';
  }

  private nameOf(bytes: Bytes, at = 0, end = bytes.length): string {
    const { limits, names } = this.options;
    // What a label of that length has beside its value in remote write 1.0, at most.
    const room = limits.maxLabelBytes - LABEL_OVERHEAD_BYTES;
    return end - at > room ? '' : names.textOf(bytes, at, end);
  }

  private readWhole(key: Buffer, space: number): Identity | Refusal {
    const labelSet = this.labelSet(key, space);
    if (isRefusal(labelSet)) return labelSet;
    const { name, labels } = labelSet;
    // A page comes from the exporter itself; only what passed a Prometheus can come twice.
    if (formOf(space) === PAGE) return { name, labels, replica: NONE };
    return { name, ...this.replicas.split(labels) };
  }

  private labelSet(key: Buffer, space: number): LabelSet | Refusal {
    const { limits } = this.options;
    const form = formOf(space);
    if (form === WRITE_V1) return labelsOfWriteV1(key, limits);
    if (form === PAGE) return labelsOfText(key, limits, this.sourceOf(space).labels);
    if (form === QUERY) return labelsOfText(key, limits);
    return labelsOfSymbols(symbolIds(key), id => this.symbols.keyOf(id), limits);
  }

  /** A series in words: its name and labels, as in a page. */
  describe(key: Buffer, space: number): string {
    const labelSet = this.labelSet(key, space);
    if (isRefusal(labelSet)) return labelSet.text;
    const pairs = Object.entries(labelSet.labels).map(([k, v]) => `${k}=${JSON.stringify(v)}`);
    return `${labelSet.name}{${pairs.join(',')}}`;
  }
}

const LABEL_OVERHEAD_BYTES = 16;

function symbolIds(key: Buffer): number[] {
  const ids: number[] = [];
  for (let at = 0; at < key.length; at += 4) ids.push(key.readInt32LE(at));
  return ids;
}
