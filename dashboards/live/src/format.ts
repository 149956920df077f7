/**
 * Values as operators read them: one prefix per magnitude, the unit always beside the number, and
 * a stated text for what is absent. No DOM here: the tests run it as it is.
 */
import { CODE_WORDS, SIGNAL_INDEX, SIGNALS, UNITS, type Unit } from '../../../twin/index.ts';

interface Shown {
  readonly text: string;
  readonly unit: string;
}

interface Scale {
  /** Shown number = value x factor. */
  readonly factor: number;
  readonly symbol: string;
}

/** Absent values: a dash, never a zero. */
export const ABSENT: Shown = { text: '–', unit: '' };

const KIBI = 1024;
const DECIMAL: readonly (readonly [at: number, prefix: string])[] = [
  [1e15, 'P'],
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
];
const BINARY: readonly (readonly [at: number, prefix: string])[] = [
  [KIBI ** 5, 'Pi'],
  [KIBI ** 4, 'Ti'],
  [KIBI ** 3, 'Gi'],
  [KIBI ** 2, 'Mi'],
  [KIBI, 'Ki'],
];
const PREFIXED: ReadonlySet<Unit> = new Set<Unit>(['W', 'Hz', 'Pa', 'BytesPerS', 'V', 'A']);
const J_PER_KWH = 3.6e6;

export const signalOf = (id: string) => {
  const index = SIGNAL_INDEX.get(id);
  return index === undefined ? undefined : SIGNALS[index];
};

/** Title and unit of a signal; a name unknown to this build is shown as it came. */
export const titleOf = (id: string) => signalOf(id)?.title ?? id;
export const unitOf = (id: string): Unit => signalOf(id)?.unit ?? 'Count';

/** One scale for a whole axis, chosen by its largest magnitude. */
export function scaleFor(unit: Unit, magnitude: number, signal = ''): Scale {
  if (unit === 'Ratio') {
    return signalOf(signal)?.isFactor ? { factor: 1, symbol: '' } : { factor: 100, symbol: '%' };
  }
  if (unit === 'Bytes') return prefixed(magnitude, BINARY, 'B');
  if (unit === 'J') return energyScale(magnitude);
  if (unit === 'M3PerS') return { factor: 1000, symbol: 'L/s' };
  if (PREFIXED.has(unit)) return prefixed(magnitude, DECIMAL, UNITS[unit].symbol);
  return { factor: 1, symbol: UNITS[unit].symbol };
}

function prefixed(magnitude: number, steps: typeof DECIMAL, symbol: string): Scale {
  const step = steps.find(([at]) => magnitude >= at * 0.9995);
  return step ? { factor: 1 / step[0], symbol: step[1] + symbol } : { factor: 1, symbol };
}

const energyScale = (magnitude: number): Scale =>
  magnitude >= J_PER_KWH
    ? prefixedEnergy(magnitude / J_PER_KWH)
    : prefixed(magnitude, DECIMAL, 'J');

function prefixedEnergy(kWh: number): Scale {
  if (kWh >= 1e6) return { factor: 1 / (J_PER_KWH * 1e6), symbol: 'GWh' };
  if (kWh >= 1e3) return { factor: 1 / (J_PER_KWH * 1e3), symbol: 'MWh' };
  return { factor: 1 / J_PER_KWH, symbol: 'kWh' };
}

/** Three significant digits, grouped thousands, a true minus sign. */
export function formatNumber(value: number): string {
  const size = Math.abs(value);
  const digits = Number.isInteger(value) || size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
  const text = size.toLocaleString('en', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return value < 0 && /[1-9]/.test(text) ? `−${text}` : text;
}

/** A value of a signal. `null` and NaN are absent; a text value is shown as it is. */
export function formatValue(signal: string, value: number | string | null | undefined): Shown {
  if (typeof value === 'string') return { text: value, unit: '' };
  if (value === null || value === undefined || Number.isNaN(value)) return ABSENT;
  return formatIn(unitOf(signal), value, signal);
}

function formatIn(unit: Unit, value: number, signal: string): Shown {
  // Rolled up, a flag is a count.
  if (unit === 'Flag' && value <= 1) return { text: value >= 0.5 ? 'yes' : 'no', unit: '' };
  const word = CODE_WORDS[signal]?.[value];
  if (word !== undefined) return { text: word, unit: '' };
  if (unit === 'Code' || unit === 'Text') return { text: String(Math.round(value)), unit: '' };
  if (unit === 'S' && signal === 'bootTimeS') {
    return {
      text: new Date(value * 1000).toISOString().slice(0, 16).replace('T', ' '),
      unit: 'UTC',
    };
  }
  if (unit === 'S' && Math.abs(value) >= 120) return { text: formatDuration(value), unit: '' };
  if (unit === 'S' && value !== 0 && Math.abs(value) < 0.1) {
    return { text: formatNumber(value * 1000), unit: 'ms' };
  }
  const scale = scaleFor(unit, Math.abs(value), signal);
  if (unit === 'C') return { text: fixed(value, 1), unit: scale.symbol };
  if (scale.symbol === '%') return { text: formatPercent(value), unit: '%' };
  return { text: formatNumber(value * scale.factor), unit: scale.symbol };
}

const fixed = (value: number, digits: number) => value.toFixed(digits).replace('-', '−');

function formatPercent(ratio: number): string {
  const percent = ratio * 100;
  return Math.abs(percent) >= 10 || percent === 0 ? fixed(percent, 0) : formatNumber(percent);
}

/** Value and unit as one text, for titles, labels and screen readers. */
export function valueText(signal: string, value: number | string | null | undefined): string {
  const shown = formatValue(signal, value);
  return shown.unit ? `${shown.text} ${shown.unit}` : shown.text;
}

/** What stands before a limit: `≤`, or for a state what it has to be. */
export function limitSign(signal: string, compare: 'max' | 'min'): string {
  if (unitOf(signal) === 'Flag') return 'must be';
  return compare === 'max' ? '≤' : '≥';
}

/** A share of something: 0.873 is `87 %`. */
export const ratioText = (ratio: number) =>
  Number.isFinite(ratio) ? `${fixed(ratio * 100, Math.abs(ratio) < 0.0995 ? 1 : 0)} %` : '–';

/** Seconds as the two largest of days, hours, minutes and seconds. */
export function formatDuration(seconds: number): string {
  const sign = seconds < 0 ? '−' : '';
  let left = Math.round(Math.abs(seconds));
  if (left < 60) return `${sign}${left} s`;
  const parts: string[] = [];
  for (const [size, name] of [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'min'],
    [1, 's'],
  ] as const) {
    const count = Math.floor(left / size);
    if (count > 0) parts.push(`${count} ${name}`);
    left -= count * size;
  }
  return sign + parts.slice(0, 2).join(' ');
}

/** Age of a value: tenths below ten seconds, then whole seconds, minutes, hours. */
export function formatAge(ageS: number | null | undefined): string {
  if (ageS === null || ageS === undefined || !Number.isFinite(ageS)) return '–';
  if (ageS < 9.95) return `${Math.max(0, ageS).toFixed(1)} s`;
  if (ageS < 120) return `${Math.round(ageS)} s`;
  if (ageS < 7200) return `${Math.round(ageS / 60)} min`;
  return ageS < 172_800 ? `${Math.round(ageS / 3600)} h` : `${Math.round(ageS / 86_400)} d`;
}

/** Local wall time of an RFC 3339 text or epoch ms: `14:03:22`. */
export function formatClock(at: string | number | undefined): string {
  const date = at === undefined ? undefined : new Date(at);
  if (!date || Number.isNaN(date.getTime())) return '–';
  return date.toLocaleTimeString('en-GB');
}

/** The zone that the page's times are in, as on its clock: `UTC`, `GMT+1`. */
export const zoneName = (atMs: number) =>
  new Intl.DateTimeFormat('en-GB', { timeZoneName: 'short' })
    .formatToParts(atMs)
    .find(part => part.type === 'timeZoneName')?.value ?? '';

/** `14:03` today, else with the date: `3 Aug 14:03`. */
export function formatWhen(at: string | number, nowMs: number): string {
  const date = new Date(at);
  const time = date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  const isToday = date.toDateString() === new Date(nowMs).toDateString();
  const day = date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
  return isToday ? time : `${day} ${time}`;
}

export const formatCount = (count: number | undefined) =>
  count === undefined ? '–' : count.toLocaleString('en');

/** `1 rack`, `2 racks`, `2 switches`. */
export const plural = (
  count: number,
  one: string,
  many = `${one}${/(ch|s)$/.test(one) ? 'es' : 's'}`,
) => `${formatCount(count)} ${count === 1 ? one : many}`;
