/** What the commands print: JSON on stdout, or tables for people. */

/** Something the user can put right: printed without a stack. */
export class UserError extends Error {
  /** 1: the answer is no, or the other side failed; 2: bad input. */
  readonly code: 1 | 2;
  constructor(message: string, code: 1 | 2 = 2) {
    super(message);
    this.code = code;
  }
}

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

/** `9.87 kW`; ratios as per cent. */
export function humanValue(value: number | string | null | undefined, unit: string): string {
  if (value === null || value === undefined) return '-';
  if (typeof value === 'string') return value;
  if (unit === 'Ratio') return `${(100 * value).toFixed(1)} %`;
  const scaled = ['W', 'BytesPerS', 'Bytes', 'Hz', 'J', 'Pa'].includes(unit);
  const step = scaled && value !== 0 ? Math.min(5, Math.floor(Math.log10(Math.abs(value)) / 3)) : 0;
  const prefix = Math.max(0, step);
  const shown = Number((value / 1000 ** prefix).toPrecision(4));
  const symbol = { BytesPerS: 'B/s', Bytes: 'B', C: '°C', Flag: '', Count: '', Code: '' }[unit];
  return `${shown} ${PREFIXES[prefix]}${symbol ?? unit}`.trim();
}
