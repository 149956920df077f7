/**
 * EnergyPlus weather files (EPW): a year of hours as text, eight header lines and then a line an
 * hour. Numbers in it are not trusted: what is missing is filled in and counted.
 */
import { dewPointC, pressureAtPa, type WeatherHour } from '../../twin/index.ts';
import { UserError } from '../user-error.ts';

interface EpwFile {
  readonly place: string;
  readonly latitudeDeg: number;
  readonly longitudeDeg: number;
  readonly elevationM: number;
  /** Local standard time less UTC; the hours are in it, with no daylight saving. */
  readonly timeZoneH: number;
  /** From the first hour of the year on. */
  readonly hours: readonly WeatherHour[];
  /** Hours of which something was missing, by what it was. */
  readonly filled: Readonly<Record<keyof WeatherHour, number>>;
}

const HEADER_LINES = 8;
const HOURS_OF_YEARS = [8760, 8784];

/** Columns of an hour, and the range of EnergyPlus: outside means missing (99.9, 999999). */
const COLUMNS = {
  dryBulbC: { at: 6, min: -70, max: 70 },
  dewPointC: { at: 7, min: -70, max: 70 },
  humidityPct: { at: 8, min: 1, max: 110 },
  pressurePa: { at: 9, min: 31_000, max: 120_000 },
} as const;

/**
 * @throws UserError naming the line, for a text that is no EPW file or not of a whole year
 */
export function readEpw(text: string): EpwFile {
  const lines = text.split(/\r?\n/);
  while (lines.at(-1)?.trim() === '') lines.pop();
  const location = lines[0]?.split(',') ?? [];
  if (location[0]?.trim().toUpperCase() !== 'LOCATION' || location.length < 10) {
    throw new UserError('Line 1: an EPW file begins with LOCATION and nine fields');
  }
  const [latitudeDeg, longitudeDeg, timeZoneH, elevationM] = [6, 7, 8, 9].map(at =>
    headerNumber(location, at),
  );
  const rows = lines.slice(HEADER_LINES);
  if (!HOURS_OF_YEARS.includes(rows.length)) {
    throw new UserError(
      `${rows.length} hours after ${HEADER_LINES} header lines; a year has 8760 or 8784`,
    );
  }
  const filled = { dryBulbC: 0, dewPointC: 0, pressurePa: 0 };
  const hours: WeatherHour[] = [];
  rows.forEach((row, i) => {
    const last = hours.at(-1);
    hours.push(hourOf(row, HEADER_LINES + 1 + i, { last, elevationM, filled }));
  });
  const place = location
    .slice(1, 4)
    .map(part => part.trim())
    .join(', ');
  return { place, latitudeDeg, longitudeDeg, elevationM, timeZoneH, hours, filled };
}

function headerNumber(location: readonly string[], at: number): number {
  const value = Number(location[at]);
  if (location[at].trim() !== '' && Number.isFinite(value)) return value;
  throw new UserError(`Line 1: field ${at + 1} must be a number, not '${location[at]}'`);
}

interface HourContext {
  readonly last: WeatherHour | undefined;
  readonly elevationM: number;
  readonly filled: Record<keyof WeatherHour, number>;
}

/** One hour; what it lacks comes from its other columns, or from the hour before. */
function hourOf(row: string, line: number, { last, elevationM, filled }: HourContext): WeatherHour {
  const fields = row.split(',');
  if (fields.length <= COLUMNS.pressurePa.at) {
    throw new UserError(`Line ${line}: ${fields.length} fields; an hour has 10 at least`);
  }
  const read = (column: keyof typeof COLUMNS) => {
    const { at, min, max } = COLUMNS[column];
    const value = fields[at].trim() === '' ? Number.NaN : Number(fields[at]);
    return value >= min && value <= max ? value : undefined;
  };
  const dryBulbC = read('dryBulbC');
  if (dryBulbC === undefined) {
    if (!last) throw new UserError(`Line ${line}: the first hour has no dry-bulb temperature`);
    filled.dryBulbC++;
    return last;
  }
  const pressurePa = read('pressurePa');
  if (pressurePa === undefined) filled.pressurePa++;
  const dew = read('dewPointC');
  if (dew === undefined) filled.dewPointC++;
  return {
    dryBulbC,
    dewPointC: dew ?? dewOf(dryBulbC, read('humidityPct'), last),
    pressurePa: pressurePa ?? pressureAtPa(elevationM),
  };
}

/** From the humidity, else as far below the dry bulb as an hour ago. */
function dewOf(dryBulbC: number, humidityPct: number | undefined, last: WeatherHour | undefined) {
  if (humidityPct !== undefined && dryBulbC >= -60 && dryBulbC <= 60) {
    return dewPointC(dryBulbC, Math.min(1, humidityPct / 100));
  }
  return dryBulbC - (last ? last.dryBulbC - last.dewPointC : 0);
}
