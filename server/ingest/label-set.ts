/** The label set of a series, read once when it is first seen, from each form it can arrive in. */
import { bytesOf } from './bytes.ts';
import type { Labels } from './contract.ts';
import { delimitedTag, ProtoReader } from './proto-reader.ts';
import { wordOf } from './words.ts';

export interface LabelLimits {
  /** Labels of one series, without the name. */
  readonly maxLabels: number;
  /** Bytes of one label name or value. */
  readonly maxLabelBytes: number;
}

export interface LabelSet {
  readonly name: string;
  readonly labels: Labels;
}

/** Why a label set was refused: the outcome it is counted under, and a sentence for people. */
export interface Refusal {
  readonly outcome: 'badLabels' | 'labelTooLong' | 'tooManyLabels';
  readonly text: string;
}

export const isRefusal = (result: LabelSet | Refusal): result is Refusal => 'outcome' in result;

const METRIC_NAME = '__name__';
const QUOTE = 0x22;
const COMMA = 0x2c;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;

const isBlank = (byte: number) => byte === 0x20 || byte === 0x09;
const bad = (text: string): Refusal => ({ outcome: 'badLabels', text });

/**
 * Nothing is inherited, since a label may have any name; but unlike `Object.create(null)` it is laid
 * out as other objects of the same names are, in less memory.
 */
class Bag {
  [label: string]: string;
}
Object.setPrototypeOf(Bag.prototype, null);
Reflect.deleteProperty(Bag.prototype, 'constructor');

/** Collects the labels of one series and refuses what breaks a limit or repeats. */
class Collector {
  name = '';
  refusal: Refusal | undefined;
  readonly labels: Record<string, string>;
  private readonly limits: LabelLimits;
  private readonly target: Labels;
  private count = 0;

  constructor(limits: LabelLimits, target: Labels = {}) {
    this.limits = limits;
    this.target = target;
    this.labels = Object.assign(new Bag(), target);
  }

  /** @returns false once the label set is refused */
  add(name: string, value: string, bytes: number): boolean {
    const { maxLabels, maxLabelBytes } = this.limits;
    if (bytes > maxLabelBytes) {
      const text = `label '${name.slice(0, 40)}' has ${bytes} bytes, more than ${maxLabelBytes}`;
      return this.refuse({ outcome: 'labelTooLong', text });
    }
    if (name === METRIC_NAME) {
      if (this.name !== '') return this.refuse(bad('the metric has two names'));
      this.name = value;
      return true;
    }
    if (name === '') return this.refuse(bad('a label has no name'));
    // As Prometheus does: a label that the target sets as well is kept as `exported_...`.
    while (Object.hasOwn(this.target, name)) name = `exported_${name}`;
    if (name in this.labels) return this.refuse(bad(`label '${name}' stands twice`));
    if (++this.count > maxLabels) {
      return this.refuse({ outcome: 'tooManyLabels', text: `more than ${maxLabels} labels` });
    }
    this.labels[name] = value;
    return true;
  }

  refuse(refusal: Refusal): false {
    this.refusal = refusal;
    return false;
  }

  result(): LabelSet | Refusal {
    if (this.refusal) return this.refusal;
    return this.name === '' ? bad('the metric has no name') : this;
  }
}

/**
 * The text form `name{label="value",...}`, also with blanks between the parts, a comma at the end,
 * or the name quoted within the braces (`{"name",...}`, for names outside the classic alphabet);
 * `target` are the labels that the scrape adds.
 */
export function labelsOfText(
  key: Buffer,
  limits: LabelLimits,
  target?: Labels,
): LabelSet | Refusal {
  const labels = new Collector(limits, target);
  const open = key.indexOf(OPEN);
  const nameEnd = open < 0 ? key.length : open;
  const name = key.toString('utf8', 0, nameEnd).trim();
  if (name !== '' && !labels.add(METRIC_NAME, name, nameEnd)) return labels.result();
  let at = open < 0 ? key.length : open + 1;
  while (at >= 0 && at < key.length) at = labelOfText(key, at, labels);
  return labels.result();
}

/** Reads one label from `at`. @returns where the next may be, or -1 when there is none */
function labelOfText(key: Buffer, at: number, labels: Collector): number {
  at = afterBlanks(key, at);
  if (key[at] === CLOSE) return -1;
  const quotedName = key[at] === QUOTE;
  const nameEnd = quotedName ? endOfQuoted(key, at) : endOfName(key, at);
  if (nameEnd < 0) return no(labels, 'a quoted name does not end');
  const name = quotedName ? unescaped(key, at + 1, nameEnd - 1) : wordOf(key, at, nameEnd);
  const nameBytes = nameEnd - at;
  at = afterBlanks(key, nameEnd);
  if (quotedName && key[at] !== EQUALS) {
    if (!labels.add(METRIC_NAME, name, nameBytes)) return -1;
    return afterComma(key, at, labels);
  }
  if (nameBytes === 0 || key[at] !== EQUALS) return no(labels, `no '=' after '${name}'`);
  at = afterBlanks(key, at + 1);
  const end = key[at] === QUOTE ? endOfQuoted(key, at) : -1;
  if (end < 0) return no(labels, `the value of label '${name}' is not in quotes`);
  const bytes = Math.max(nameBytes, end - at - 2);
  if (!labels.add(name, unescaped(key, at + 1, end - 1), bytes)) return -1;
  return afterComma(key, afterBlanks(key, end), labels);
}

function afterComma(key: Buffer, at: number, labels: Collector): number {
  if (key[at] === COMMA) return at + 1;
  return key[at] === CLOSE ? -1 : no(labels, 'no comma between labels');
}

function no(labels: Collector, text: string): -1 {
  labels.refuse(bad(text));
  return -1;
}

function afterBlanks(key: Buffer, at: number): number {
  while (at < key.length && isBlank(key[at])) at++;
  return at;
}

/** The end of an unquoted label name: letters, digits (not first) and underscores. */
function endOfName(key: Buffer, at: number): number {
  const start = at;
  for (; at < key.length; at++) {
    const byte = key[at];
    const isLetter = (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x41 && byte <= 0x5a);
    const isDigit = byte >= 0x30 && byte <= 0x39 && at > start;
    if (!isLetter && !isDigit && byte !== 0x5f) break;
  }
  return at;
}

/** Where the quoted string that opens at `at` ends, after its closing quote; -1 if it does not. */
function endOfQuoted(key: Buffer, at: number): number {
  for (at++; at < key.length; at++) {
    if (key[at] === BACKSLASH) at++;
    else if (key[at] === QUOTE) return at + 1;
  }
  return -1;
}

/** The three escapes of the format; a backslash before anything else stands for itself. */
function unescaped(key: Buffer, start: number, end: number): string {
  const text = wordOf(key, start, end);
  if (!text.includes('\\')) return text;
  return text.replace(/\\([\\"n])/g, (_, escaped) => (escaped === 'n' ? '\n' : escaped));
}

const LABEL = delimitedTag(1);
const LABEL_NAME = delimitedTag(1);
const LABEL_VALUE = delimitedTag(2);

/** The fields `Label labels = 1` of a `prometheus.TimeSeries`, as they stand on the wire. */
export function labelsOfWriteV1(key: Buffer, limits: LabelLimits): LabelSet | Refusal {
  const labels = new Collector(limits);
  const reader = new ProtoReader(bytesOf(key));
  reader.limit = key.length;
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    if (tag !== LABEL) return bad('a field that is no label is among the labels');
    const outer = reader.enter();
    const bytes = reader.limit - reader.at;
    let name = '';
    let value = '';
    for (let part = reader.tag(); part !== 0; part = reader.tag()) {
      if (part === LABEL_NAME) name = textOf(reader, key);
      else if (part === LABEL_VALUE) value = textOf(reader, key);
      else reader.skip(part);
    }
    reader.leave(outer);
    if (!reader.ok || !labels.add(name, value, bytes)) break;
  }
  return reader.ok ? labels.result() : bad('a label is cut off');
}

function textOf(reader: ProtoReader, key: Buffer): string {
  const outer = reader.enter();
  const text = reader.ok ? wordOf(key, reader.at, reader.limit) : '';
  reader.leave(outer);
  return text;
}

/** Pairs of symbols, as remote write 2.0 refers to them; `symbol` gives the bytes of one. */
export function labelsOfSymbols(
  pairs: readonly number[],
  symbol: (id: number) => Buffer,
  limits: LabelLimits,
): LabelSet | Refusal {
  const labels = new Collector(limits);
  for (let i = 0; i + 1 < pairs.length; i += 2) {
    const name = symbol(pairs[i]);
    const value = symbol(pairs[i + 1]);
    const bytes = Math.max(name.length, value.length);
    // Too long is not read: any number of series may refer to the same long symbol.
    const text = bytes > limits.maxLabelBytes ? '' : value.toString('utf8');
    if (!labels.add(name.toString('utf8', 0, limits.maxLabelBytes), text, bytes)) break;
  }
  return labels.result();
}
