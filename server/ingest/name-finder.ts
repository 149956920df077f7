/** Where the name of the metric stands among the bytes of a series' labels. */
import { type Bytes, bytesOf } from './bytes.ts';
import { delimitedTag, ProtoReader } from './proto-reader.ts';

const LABEL = delimitedTag(1);
const LABEL_NAME = delimitedTag(1);
const LABEL_VALUE = delimitedTag(2);
const NAME_LOW = Buffer.from('__na').readInt32LE();
const NAME_HIGH = Buffer.from('me__').readInt32LE();
const OPEN = 0x7b;
/** A label's tag and length, its name's tag and length, and `__name__`. */
const NAME_BYTES = 4 + 8;

const isBlank = (byte: number) => byte === 0x20 || byte === 0x09;
const isPrintable = (byte: number) => byte > 0x20 && byte < 0x7f;

/** Whether these bytes are the label that holds the name of the metric: `__name__`. */
export function isNameLabel({ view, length }: Bytes, start: number, end: number): boolean {
  if (end - start !== 8 || end > length) return false;
  return view.getInt32(start, true) === NAME_LOW && view.getInt32(start + 4, true) === NAME_HIGH;
}

/** Fields instead of an object for each answer, because it is asked for every unmapped sample. */
export class NameFinder {
  /** The name with all that makes it the name; what is before and after are the other labels. */
  from = 0;
  to = 0;
  /** The name's own bytes. */
  at = 0;
  end = 0;
  private readonly reader = new ProtoReader(bytesOf(Buffer.alloc(0)));

  /**
   * Among the labels of remote write 1.0. False when there is none, or when it is not written as
   * every sender does: `__name__` first, with a length of one byte, then the value and no more.
   */
  inWriteV1(bytes: Bytes, start: number, end: number): boolean {
    return this.inShortLabels(bytes, start, end) || this.inAnyLabels(bytes, start, end);
  }

  /**
   * For performance the same among labels whose lengths have one byte each, as nearly all have; it
   * gives up at any other.
   */
  private inShortLabels(bytes: Bytes, start: number, end: number): boolean {
    const { buffer } = bytes;
    for (let from = start; from + 2 <= end && buffer[from] === LABEL; ) {
      const to = from + 2 + buffer[from + 1];
      if (buffer[from + 1] >= 0x80 || to > end) return false;
      const at = from + NAME_BYTES;
      const isName = buffer[from + 2] === LABEL_NAME && isNameLabel(bytes, at - 8, at);
      if (isName && buffer[from + 3] === 8) {
        this.from = from;
        this.to = to;
        this.at = at + 2;
        this.end = to;
        return buffer[at] === LABEL_VALUE && at + 2 + buffer[at + 1] === to;
      }
      from = to;
    }
    return false;
  }

  private inAnyLabels(bytes: Bytes, start: number, end: number): boolean {
    const { reader } = this;
    reader.open(bytes, start, end);
    for (let from = start; reader.tag() === LABEL; from = reader.at) {
      const outer = reader.enter();
      const { at, limit } = reader;
      const isName = isNameLabel(bytes, at + 2, at + 2 + bytes.buffer[at + 1]);
      if (!isName || bytes.buffer[at] !== LABEL_NAME) {
        reader.leave(outer);
        continue;
      }
      reader.skip(reader.tag());
      if (reader.tag() !== LABEL_VALUE) return false;
      reader.enter();
      this.from = from;
      this.to = limit;
      this.at = reader.at;
      this.end = reader.limit;
      return reader.ok && reader.limit === limit;
    }
    return false;
  }

  /** In a key of remote write 2.0: pairs of ids of symbols, that of `__name__` being given. */
  inSymbols({ view }: Bytes, start: number, end: number, nameId: number): boolean {
    for (let from = start; from + 8 <= end; from += 8) {
      if (view.getInt32(from, true) !== nameId) continue;
      this.from = from;
      this.to = from + 8;
      this.at = from + 4;
      this.end = this.to;
      return true;
    }
    return false;
  }

  /** Before the braces of a text key. False when it stands within them, or is not plain ASCII. */
  inText({ buffer }: Bytes, start: number, end: number): boolean {
    let to = start;
    while (to < end && buffer[to] !== OPEN) to++;
    let nameEnd = to;
    while (nameEnd > start && isBlank(buffer[nameEnd - 1])) nameEnd--;
    this.from = start;
    this.to = to;
    this.at = start;
    this.end = nameEnd;
    return nameEnd > start && isPrintable(buffer[start]) && isPrintable(buffer[nameEnd - 1]);
  }
}
