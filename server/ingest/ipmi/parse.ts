/** Reads what ipmitool prints. Lines that are not understood are given back, to be counted. */

export interface SdrLine {
  readonly name: string;
  /** `ok`, `nc` non-critical, `cr` critical, `nr` (also `lcr`, `ucr`), `ns` no reading, `na`. */
  readonly status: string;
  /** IPMI entity id: 10 is a power supply; absent in the old format. */
  readonly entity?: number;
  readonly value?: number;
  readonly unit?: string;
  /** What a discrete sensor asserts: `Presence detected`. */
  readonly states: readonly string[];
}

interface SdrTable {
  readonly lines: readonly SdrLine[];
  readonly strange: readonly string[];
}

const READING = /^(-?\d+(?:\.\d+)?)\s+([A-Za-z%][A-Za-z% ]*)$/;

/** `sdr elist` (five columns) and `sdr` of old versions (three columns). */
export function parseSdr(text: string): SdrTable {
  const lines: SdrLine[] = [];
  const strange: string[] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const columns = line.split('|').map(column => column.trim());
    if (columns.length >= 5) {
      const [name, , status, entity, reading] = columns;
      const number = Number.parseInt(entity, 10);
      const place = Number.isFinite(number) ? { entity: number } : {};
      lines.push({ name, status, ...place, ...parseReading(reading) });
    } else if (columns.length === 3) {
      const [name, reading, status] = columns;
      lines.push({ name, status, ...parseReading(reading) });
    } else strange.push(line.trim());
  }
  return { lines, strange };
}

function parseReading(text: string): Pick<SdrLine, 'value' | 'unit' | 'states'> {
  const parts = text.split(',').map(part => part.trim());
  const [first, ...rest] = parts;
  const reading = READING.exec(first);
  if (reading) return { value: Number(reading[1]), unit: reading[2].trim(), states: rest };
  const isSilent = /^(?:|0x[0-9a-f]+|no reading|not readable|disabled|na)$/i.test(first);
  return { states: isSilent ? [] : parts };
}

/** `key : value` lines, keys in lower case. */
export function parseFields(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    const key = line.slice(0, Math.max(0, colon)).trim();
    if (key !== '') fields.set(key.toLowerCase(), line.slice(colon + 1).trim());
  }
  return fields;
}

/** `dcmi power reading`: watts now; undefined when the BMC does not measure. */
export function parseDcmiPower(text: string): number | undefined {
  const fields = parseFields(text);
  if (!/activated/i.test(fields.get('power reading state is') ?? '')) return undefined;
  const watts = /^(\d+)\s*Watts?$/i.exec(fields.get('instantaneous power reading') ?? '')?.[1];
  return watts === undefined ? undefined : Number(watts);
}

const STAMP = /(\d{1,2})\/(\d{1,2})\/(\d{2,4})\s+(\d{2}):(\d{2}):(\d{2})/;

/** Times of ipmitool in UTC, years of two or four digits; undefined while the clock is not set. */
export function parseTime(text: string): number | undefined {
  const parts = STAMP.exec(text)?.slice(1).map(Number);
  if (!parts) return undefined;
  const [month, day, year, hour, minute, second] = parts;
  return Date.UTC(year < 100 ? 2000 + year : year, month - 1, day, hour, minute, second);
}

export interface SelEntry {
  readonly record: string;
  /** BMC clock, epoch ms; absent while it was not set. */
  readonly statedMs?: number;
  readonly sensor: string;
  readonly what: string;
  readonly isAsserted: boolean;
  readonly text: string;
}

interface SelTable {
  readonly entries: readonly SelEntry[];
  readonly strange: readonly string[];
}

/** `sel elist`: record | date | time | sensor | event | direction | reading. */
export function parseSel(text: string): SelTable {
  const entries: SelEntry[] = [];
  const strange: string[] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '' || /^SEL has no entries/i.test(line.trim())) continue;
    const columns = line.split('|').map(column => column.trim());
    const [record, date, time, sensor, what, direction, ...more] = columns;
    if (!/^[0-9a-f]+$/i.test(record) || what === undefined) {
      strange.push(line.trim());
      continue;
    }
    const statedMs = parseTime(`${date} ${time}`);
    const said = [sensor, what, direction, ...more].filter(part => part).join(', ');
    const isAsserted = !/deassert/i.test(direction ?? '');
    const common = { record, sensor, what, isAsserted, text: said };
    entries.push(statedMs === undefined ? common : { ...common, statedMs });
  }
  return { entries, strange };
}
