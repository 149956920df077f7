/** Values as people read them, in terminals and in alerts. */
import {
  CODE_WORDS,
  FAULTS,
  type FaultRow,
  REMEDY_WORDS,
  SIGNAL_INDEX,
  SIGNALS,
  UNITS,
  type Unit,
} from '../twin/index.ts';

const PREFIXES = ['', 'k', 'M', 'G', 'T', 'P'] as const;
const PREFIXED: ReadonlySet<string> = new Set(['W', 'BytesPerS', 'Bytes', 'Hz', 'J', 'Pa']);

const FAULT_OF_CODE: ReadonlyMap<string, FaultRow> = new Map(
  FAULTS.filter(row => row.code !== undefined).map(row => [`${row.signal} ${row.code}`, row]),
);

/**
 * `9.87 kW`, `yes`, `critical`; ratios as per cent, but for signals that are read as factors.
 * @param moreDigits than the three of a per cent, or the four of other values
 */
export function humanValue(
  value: number | string | null | undefined,
  unit: string,
  signal = '',
  moreDigits = 0,
): string {
  if (value === null || value === undefined) return '-';
  if (typeof value === 'string') return value;
  // Rolled up, a flag is a count.
  if (unit === 'Flag' && (value === 0 || value === 1)) return value === 1 ? 'yes' : 'no';
  if (unit === 'Code') return codeWord(signal, value) ?? String(value);
  if (unit === 'Ratio' && !isFactor(signal)) {
    return `${Number((100 * value).toPrecision(3 + moreDigits))} %`;
  }
  const isScaled = PREFIXED.has(unit) && value !== 0;
  const step = isScaled ? Math.min(5, Math.floor(Math.log10(Math.abs(value)) / 3)) : 0;
  const prefix = Math.max(0, step);
  const shown = Number((value / 1000 ** prefix).toPrecision(4 + moreDigits));
  return `${shown} ${PREFIXES[prefix]}${UNITS[unit as Unit]?.symbol ?? unit}`.trim();
}

/** What a double can tell apart. */
const MOST_DIGITS = 15;

/** A value and its limit: where they are not the same, they do not read the same either. */
export function humanPair(
  [value, limit]: readonly [number, number],
  unit: string,
  signal = '',
): readonly [value: string, limit: string] {
  for (let more = 0; ; more++) {
    const a = humanValue(value, unit, signal, more);
    const b = humanValue(limit, unit, signal, more);
    if (a !== b || value === limit || 4 + more >= MOST_DIGITS) return [a, b];
  }
}

/** `≤ 44 kW`, `must be yes`. */
export function humanLimit(
  { compare, value }: { readonly compare: string; readonly value: number },
  unit: string,
  signal = '',
): string {
  const shown = humanValue(value, unit, signal);
  if (unit === 'Flag') return `must be ${shown}`;
  return `${compare === 'max' ? '≤' : '≥'} ${shown}`;
}

/** What a code means: `critical`, `XID 94: Contained memory error`. */
export const codeWord = (signal: string, code: number): string | undefined =>
  CODE_WORDS[signal]?.[code] ?? FAULT_OF_CODE.get(`${signal} ${code}`)?.title;

/** What is to be done about a code: `restart the application`; empty where nothing is, or none knows. */
export function codeRemedy(signal: string, code: number): string {
  const fault = FAULT_OF_CODE.get(`${signal} ${code}`);
  return fault ? REMEDY_WORDS[fault.remedy] : '';
}

const isFactor = (signal: string) => SIGNALS[SIGNAL_INDEX.get(signal) ?? -1]?.isFactor === true;
