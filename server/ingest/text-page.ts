/**
 * The text exposition formats: Prometheus 0.0.4 and OpenMetrics 1.0. Works on bytes; a line whose
 * series was expected is compared with it and not parsed. A bad line costs that line only.
 * Sources: prometheus.io/docs/instrumenting/exposition_formats, and the OpenMetrics specification.
 */
import { type Bytes, bytesOf } from './bytes.ts';
import { numberEnd, readNumber } from './number-text.ts';

export type PageFormat = 'text' | 'openMetrics';

/** What takes the series and samples of a page. */
export interface PageVisitor {
  /**
   * Asked at each line that may be a sample: where the expected series ends when it stands at
   * `start`; SKIP_LINE when the line is of no interest (and counted); NOT_EXPECTED otherwise.
   */
  expect(page: Bytes, start: number): number;
  /** After NOT_EXPECTED. @returns false when the name is of no interest (and counted) */
  name(page: Bytes, start: number, end: number): boolean;
  /** Then the series in full, labels included. @returns what is wrong with it, if anything */
  series(page: Bytes, start: number, end: number): string | undefined;
  /** The sample of the series last expected or named. */
  sample(value: number, atMs: number): void;
}

export const NOT_EXPECTED = -1;
export const SKIP_LINE = -2;

interface PageSummary {
  readonly format: PageFormat;
  readonly exemplars: number;
  readonly badLines: number;
  /** 1 when the page ended within a line: that line is not read, since digits may be missing. */
  readonly truncatedLines: number;
  /** What was wrong with the first bad lines, by line number. */
  readonly errors: string[];
}

const LISTED_ERRORS = 20;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;
const HASH = 0x23;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const END_MARKER = '# EOF';

/** Bytes that a metric name may have: letters, digits (not first), underscore and colon. */
const NAME_BYTES = new Uint8Array(256);
for (const char of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:') {
  NAME_BYTES[char.charCodeAt(0)] = 1;
}

export class PageReader {
  private readonly visitor: PageVisitor;
  private page: Bytes = bytesOf(Buffer.alloc(0));
  /** After the last line feed: what follows is not a whole line. */
  private end = 0;
  private atMs = 0;
  private isOpenMetrics = false;
  private badLines = 0;
  private exemplars = 0;
  private errors: string[] = [];

  constructor(visitor: PageVisitor) {
    this.visitor = visitor;
  }

  /**
   * Reads a page; samples without a time of their own get `atMs`. Without a format it is
   * OpenMetrics when it ends in `# EOF`. Never throws on bad content.
   */
  read(body: Uint8Array, atMs: number, format?: PageFormat): PageSummary {
    const page = bytesOf(body);
    const isEnded = page.buffer
      .toString('latin1', page.length - 9)
      .trimEnd()
      .endsWith(END_MARKER);
    this.page = page;
    this.end = page.buffer.lastIndexOf(LF) + 1;
    this.atMs = atMs;
    this.isOpenMetrics = format === undefined ? isEnded : format === 'openMetrics';
    this.badLines = 0;
    this.exemplars = 0;
    this.errors = [];
    this.lines();
    const truncatedLines = this.lastLine();
    if (this.isOpenMetrics && !isEnded) this.note(page.length, 'no # EOF: the page is cut off');
    return {
      format: this.isOpenMetrics ? 'openMetrics' : 'text',
      exemplars: this.exemplars,
      badLines: this.badLines,
      truncatedLines,
      errors: this.errors,
    };
  }

  private lines(): void {
    const { page, end, visitor } = this;
    for (let at = 0; at < end; ) {
      if (page.buffer[at] === HASH) {
        at = this.afterLine(at);
        continue;
      }
      const seriesEnd = visitor.expect(page, at);
      if (seriesEnd >= 0) at = this.expected(seriesEnd, at);
      else if (seriesEnd === SKIP_LINE) at = this.afterLine(at);
      else at = this.unexpected(at);
    }
  }

  /** A line that begins like the expected series: a longer name may, or one with labels to come. */
  private expected(seriesEnd: number, lineStart: number): number {
    const bytes = this.page.buffer;
    const valueAt = afterBlanks(bytes, seriesEnd);
    const isWhole = valueAt > seriesEnd && bytes[valueAt] !== OPEN;
    return isWhole ? this.value(valueAt, lineStart) : this.unexpected(lineStart);
  }

  /** What follows the last line feed. @returns 1 when a line is cut off there */
  private lastLine(): number {
    const rest = this.page.buffer.toString('utf8', this.end).trim();
    if (rest === '' || rest.startsWith('#')) return 0;
    this.note(this.end, `cut off within the line, not read: ${rest.slice(0, 60)}`);
    return 1;
  }

  /** A line of another series than the expected one, or of none. @returns the next line's start */
  private unexpected(lineStart: number): number {
    const { page, visitor } = this;
    const bytes = page.buffer;
    const start = afterBlanks(bytes, lineStart);
    const isReturn = bytes[start] === CR && bytes[start + 1] === LF;
    if (bytes[start] === LF || bytes[start] === HASH || isReturn) return this.afterLine(start);
    let end = start;
    while (NAME_BYTES[bytes[end]] === 1) end++;
    const next = afterBlanks(bytes, end);
    const startsWithDigit = bytes[start] >= 0x30 && bytes[start] <= 0x39;
    if (startsWithDigit || (bytes[next] !== OPEN && (end === start || next === end))) {
      return this.bad(lineStart, 'no metric name followed by labels or a value');
    }
    if (end > start && !visitor.name(page, start, end)) return this.afterLine(end);
    if (bytes[next] === OPEN) {
      end = labelsEnd(bytes, next);
      if (end < 0) return this.bad(lineStart, 'the labels do not end');
    }
    const fault = visitor.series(page, start, end);
    if (fault === undefined) return this.value(afterBlanks(bytes, end), lineStart);
    this.note(lineStart, fault);
    return this.afterLine(end);
  }

  /** The value at `at`, and what may follow it. @returns the next line's start */
  private value(at: number, lineStart: number): number {
    const bytes = this.page.buffer;
    const value = readNumber(bytes, at, this.end);
    const valueEnd = numberEnd;
    if (valueEnd < 0) return this.bad(lineStart, 'no number where the value should be');
    if (bytes[valueEnd] === LF) {
      this.visitor.sample(value, this.atMs);
      return valueEnd + 1;
    }
    return this.tail(value, valueEnd, lineStart);
  }

  /** A time stamp, an exemplar, a carriage return: what is rare after a value. */
  private tail(value: number, valueEnd: number, lineStart: number): number {
    const bytes = this.page.buffer;
    let at = afterBlanks(bytes, valueEnd);
    let atMs = this.atMs;
    if (bytes[at] !== LF && bytes[at] !== CR && bytes[at] !== HASH) {
      const time = at > valueEnd ? readNumber(bytes, at, this.end) : Number.NaN;
      atMs = this.isOpenMetrics ? Math.round(time * 1000) : time;
      if (!Number.isSafeInteger(atMs))
        return this.bad(lineStart, 'no time or nothing after the value');
      at = afterBlanks(bytes, numberEnd);
    }
    if (bytes[at] === HASH && isBlank(bytes[at - 1])) {
      this.exemplars++;
      at = this.afterLine(at) - 1;
    }
    if (bytes[at] === CR) at++;
    if (bytes[at] !== LF) return this.bad(lineStart, 'text after the value');
    this.visitor.sample(value, atMs);
    return at + 1;
  }

  /** Counts a bad line. @returns the next line's start */
  private bad(lineStart: number, text: string): number {
    this.badLines++;
    this.note(lineStart, text);
    return this.afterLine(lineStart);
  }

  private note(at: number, text: string): void {
    if (this.errors.length === LISTED_ERRORS) return;
    // Lines are counted only now: all is well with nearly every page.
    let line = 1;
    const bytes = this.page.buffer;
    for (let lf = bytes.indexOf(LF); lf >= 0 && lf < at; lf = bytes.indexOf(LF, lf + 1)) line++;
    this.errors.push(`line ${line}: ${text}`);
  }

  private afterLine(at: number): number {
    const lf = this.page.buffer.indexOf(LF, at);
    return lf < 0 ? this.end : lf + 1;
  }
}

const isBlank = (byte: number) => byte === SPACE || byte === TAB;

function afterBlanks(bytes: Buffer, at: number): number {
  while (isBlank(bytes[at])) at++;
  return at;
}

/** Bytes at which the search for the closing brace has to stop and think. */
const LABEL_STOPS = new Uint8Array(256);
for (const byte of [LF, QUOTE, BACKSLASH, CLOSE]) LABEL_STOPS[byte] = 1;

/** After the brace that closes the labels opened at `open`; -1 when the line ends before. */
function labelsEnd(bytes: Buffer, open: number): number {
  let isQuoted = false;
  for (let at = open + 1; at < bytes.length; at++) {
    while (LABEL_STOPS[bytes[at]] === 0) at++;
    const byte = bytes[at];
    if (byte === QUOTE) isQuoted = !isQuoted;
    else if (byte === LF) return -1;
    else if (byte === CLOSE && !isQuoted) return at + 1;
    else if (byte === BACKSLASH && isQuoted && bytes[at + 1] !== LF) at++;
  }
  return -1;
}
