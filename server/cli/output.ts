/** What the commands print: JSON on stdout, or tables for people. */
import { SIGNAL_INDEX, SIGNALS, UNITS, type Unit } from '../../twin/index.ts';

export function printJson(value: unknown) {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Columns as wide as their widest entry; numbers to the right. */
export function printTable(header: readonly string[], rows: readonly (readonly string[])[]) {
  const widths = header.map((title, i) =>
    Math.max(title.length, ...rows.map(row => row[i]?.length ?? 0)),
  );
  const isNumber = (text: string) => /^-?[\d.,]+( \S+)?$/.test(text);
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (isNumber(cell) ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join('  ')
      .trimEnd();
  process.stdout.write(`${[line(header), ...rows.map(line)].join('\n')}\n`);
}

const PREFIXES = ['', 'k', 'M', 'G', 'T', 'P'] as const;

/** `9.87 kW`; ratios as per cent, but for signals that are read as factors. */
export function humanValue(
  value: number | string | null | undefined,
  unit: string,
  signal?: string,
): string {
  if (value === null || value === undefined) return '-';
  if (typeof value === 'string') return value;
  if (unit === 'Ratio' && !isFactor(signal)) return `${(100 * value).toFixed(1)} %`;
  const scaled = ['W', 'BytesPerS', 'Bytes', 'Hz', 'J', 'Pa'].includes(unit);
  const step = scaled && value !== 0 ? Math.min(5, Math.floor(Math.log10(Math.abs(value)) / 3)) : 0;
  const prefix = Math.max(0, step);
  const shown = Number((value / 1000 ** prefix).toPrecision(4));
  return `${shown} ${PREFIXES[prefix]}${UNITS[unit as Unit]?.symbol ?? unit}`.trim();
}

const isFactor = (signal: string | undefined) =>
  signal !== undefined && SIGNALS[SIGNAL_INDEX.get(signal) ?? -1]?.isFactor === true;
