/** Numbers and times straight from the bytes of a text file, without strings. */

const ZERO = 48;
const NINE = 57;
const MINUS = 45;
const PLUS = 43;
export const DOT = 46;
export const COMMA = 44;
const SPACE = 32;
const COLON = 58;
const SLASH = 47;
const LETTER_T = 84;
const LETTER_Z = 90;

const POWERS = Float64Array.from({ length: 23 }, (_, i) => 10 ** i);

const isDigit = (byte: number) => byte >= ZERO && byte <= NINE;

/** What may stand behind a number, and what the number is multiplied by. */
const UNITS: Readonly<Record<string, number>> = {
  ...{ '%': 1, w: 1, c: 1, '°c': 1, kw: 1000, mw: 0.001 },
};

/**
 * The number in `bytes[from..to)`, NaN if there is none: `12.5`, `-3e2`, `45 %`, `120 W`, `1.2 kW`.
 * Up to 15 digits are exact here: one division of two exact numbers rounds as a parser does.
 * Everything else goes through `Number`.
 * @param point the byte that parts decimals: a comma where commas do not part columns
 */
export function numberIn(bytes: Uint8Array, from: number, to: number, point: number): number {
  let at = from;
  const first = bytes[at];
  if (first === MINUS || first === PLUS) at++;
  let whole = 0;
  let digits = 0;
  let decimals = 0;
  let behind = 0;
  for (; at < to; at++) {
    const byte = bytes[at];
    if (isDigit(byte)) {
      whole = whole * 10 + (byte - ZERO);
      digits++;
      decimals += behind;
    } else if ((byte === DOT || byte === point) && behind === 0) behind = 1;
    else break;
  }
  if (at < to || digits > 15 || digits === 0) return slowNumber(bytes, from, to, point);
  const value = decimals > 0 ? whole / POWERS[decimals] : whole;
  return first === MINUS ? -value : value;
}

function slowNumber(bytes: Uint8Array, from: number, to: number, point: number): number {
  const raw = textIn(bytes, from, to).trim();
  const whole = withoutGroups(raw);
  const text = point === COMMA || whole !== raw ? whole.replace(',', '.') : whole;
  const match = /^([-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)\s*([^\d\s]*)$/i.exec(text);
  if (!match) return Number.NaN;
  const unit = match[2] === '' ? 1 : UNITS[match[2].toLowerCase()];
  return unit === undefined ? Number.NaN : Number(match[1]) * unit;
}

const GROUPS =
  /^([-+]?\d{1,3}(?:(?:,\d{3})+(?=\.\d)|(?:\.\d{3})+(?=,\d)|(?:,\d{3}){2,}|(?:\.\d{3}){2,}))(?!\d)/;

/** `1,234.5`, `1.234,5`, `1,234,567`; a single separator may as well part decimals, and is left. */
const withoutGroups = (text: string) => text.replace(GROUPS, whole => whole.replace(/[.,]/g, ''));

export const textIn = (bytes: Uint8Array, from: number, to: number): string =>
  UTF8.decode(bytes.subarray(from, to));

const UTF8 = new TextDecoder();

export interface TimeReader {
  /** Times without a zone, taken as UTC. */
  withoutZone: number;
}

/**
 * The time in `bytes[from..to)` as epoch ms, NaN if it is none: a number (s, ms, us or ns by its
 * size), `2026-01-31 12:00[:00[.000]]` with T or a space, - or /, and Z, UTC, +01:00 or nothing, or
 * the same without any of these but the T: `20260131T120000Z`.
 */
export function timeIn(reader: TimeReader, bytes: Uint8Array, from: number, to: number): number {
  const fifth = bytes[from + 4];
  if (to - from >= 10 && (fifth === MINUS || fifth === SLASH) && bytes[from + 7] === fifth) {
    return dateIn(reader, bytes, from, to);
  }
  if (to - from >= COMPACT_LEAST && bytes[from + 8] === LETTER_T)
    return compactIn(reader, textIn(bytes, from, to));
  const value = numberIn(bytes, from, to, DOT);
  const size = Math.abs(value);
  // In s until the year 5138, in ms from 1973, in us from 1973, in ns from 1973.
  if (size < 1e11) return Math.round(value * 1e6) / 1e3;
  if (size < 1e14) return value;
  return size < 1e17 ? value / 1e3 : Math.round(value / 1e3) / 1e3;
}

/** `YYYYMMDDTHHMM`. */
const COMPACT_LEAST = 13;
const COMPACT = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)?(?!\d)/;
const ENCODER = new TextEncoder();

/** `20260131T120000Z`, by way of its longer form. */
function compactIn(reader: TimeReader, text: string): number {
  if (!COMPACT.test(text)) return Number.NaN;
  const spread = text.replace(COMPACT, (_, y, m, d, hour, minute, second = '00') =>
    [`${y}-${m}-${d}T${hour}`, minute, second].join(':'),
  );
  const bytes = ENCODER.encode(spread);
  return dateIn(reader, bytes, 0, bytes.length);
}

const pair = (bytes: Uint8Array, at: number) =>
  isDigit(bytes[at]) && isDigit(bytes[at + 1])
    ? (bytes[at] - ZERO) * 10 + bytes[at + 1] - ZERO
    : Number.NaN;

function dateIn(reader: TimeReader, bytes: Uint8Array, from: number, to: number): number {
  const year = pair(bytes, from) * 100 + pair(bytes, from + 2);
  const month = pair(bytes, from + 5);
  const day = pair(bytes, from + 8);
  if (!(month >= 1 && month <= 12 && day >= 1 && day <= 31)) return Number.NaN;
  let ms = daysFromCivil(year, month, day) * 86_400_000;
  let at = from + 10;
  if (at + 6 <= to && bytes[at + 3] === COLON) {
    ms += pair(bytes, at + 1) * 3_600_000 + pair(bytes, at + 4) * 60_000;
    at += 6;
    if (at + 3 <= to && bytes[at] === COLON) {
      ms += pair(bytes, at + 1) * 1000;
      at += 3;
      if (bytes[at] === DOT && at < to) {
        let unit = 100;
        for (at++; at < to && isDigit(bytes[at]); at++) {
          ms += (bytes[at] - ZERO) * unit;
          unit /= 10;
        }
      }
    }
  }
  return ms - zoneMs(reader, bytes, at, to);
}

/** Offset of the zone at the end of a time, ms; NaN if it is not one. */
function zoneMs(reader: TimeReader, bytes: Uint8Array, from: number, to: number): number {
  if (from >= to) {
    reader.withoutZone++;
    return 0;
  }
  if (to - from === 1 && bytes[from] === LETTER_Z) return 0;
  const zone = textIn(bytes, from, to).trim();
  if (zone === 'z' || zone === 'UTC' || zone === 'GMT') return 0;
  const match = /^([-+])(\d\d):?(\d\d)?$/.exec(zone);
  if (!match) return Number.NaN;
  const ms = (Number(match[2]) * 60 + Number(match[3] ?? 0)) * 60_000;
  return match[1] === '-' ? -ms : ms;
}

/** Days since 1970-01-01 of a date of the Gregorian calendar; years begin in March here. */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const century = Math.floor(y / 100);
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return 365 * y + Math.floor(y / 4) - century + Math.floor(century / 4) + dayOfYear - 719_468;
}

/** Trims spaces: the bounds of `[from, to)` without them. */
export function trimmedFrom(bytes: Uint8Array, from: number, to: number): number {
  while (from < to && bytes[from] === SPACE) from++;
  return from;
}
export function trimmedTo(bytes: Uint8Array, from: number, to: number): number {
  while (to > from && bytes[to - 1] === SPACE) to--;
  return to;
}
