/** `energy --epw FILE`: a year of a site under its weather: PUE, water, carbon, hours without chillers. */
import type { Command } from 'commander';
import { type CoolingSite, classById, conversionLossOf, siteYear } from '../../twin/index.ts';
import { readEpw } from '../energy/epw.ts';
import { UserError } from '../user-error.ts';
import { loadText } from './load.ts';
import { printJson, printLine, printTable } from './output.ts';
import type { Go } from './run.ts';

interface Flags {
  readonly epw: string;
  readonly designKw: string;
  readonly itKw?: string;
  readonly liquid: string;
  readonly airWater: string;
  readonly liquidWater: string;
  readonly dry?: boolean;
  readonly grid: string;
  readonly json?: boolean;
}

const KG_PER_G = 1e-3;

export function energyCommand(program: Command, go: Go) {
  program
    .command('energy')
    .description('a year of a site under a weather file: PUE, water, carbon, free cooling')
    .requiredOption('--epw <file>', 'EnergyPlus weather of a year, gzipped or not')
    .option('--design-kw <kw>', 'IT power the site is built for', '1000')
    .option('--it-kw <kw>', 'IT power it has; 80 % of that unless given')
    .option('--liquid <ratio>', 'part of the heat that leaves in liquid, 0-1', '0')
    .option('--air-water <c>', 'chilled water for air handlers, °C', '18')
    .option('--liquid-water <c>', 'water for CDUs, °C', '32')
    .option('--dry', 'dry coolers in the place of cooling towers')
    .option('--grid <kg or file>', 'kg CO2 a kWh, or a CSV of hours with g a kWh last', '0.4')
    .option('--json', 'print JSON')
    .action((flags: Flags) => go(async () => runEnergy(flags)));
}

function runEnergy(flags: Flags): number {
  const epw = readEpw(loadText(flags.epw, '--epw'));
  const designKw = numberOf('--design-kw', flags.designKw);
  const itKw = flags.itKw === undefined ? 0.8 * designKw : numberOf('--it-kw', flags.itKw);
  if (!(designKw > 0 && itKw > 0 && itKw <= 2 * designKw)) {
    throw new UserError('--it-kw: above 0, and at most twice --design-kw');
  }
  const grid = gridOf(flags.grid, epw.hours.length);
  const hours = epw.hours.map((weather, i) => ({
    itPowerW: 1000 * itKw,
    weather,
    gridKgPerKwh: grid(i),
  }));
  const year = siteYear(siteOf(flags, 1000 * designKw), hours);
  if (flags.json) printJson({ place: epw.place, hours: hours.length, filled: epw.filled, ...year });
  else {
    const rows = [
      ['PUE', year.pue.toFixed(3)],
      ['water', `${year.wueLPerKwh.toFixed(2)} L/kWh of IT`],
      ['carbon', `${Math.round(year.carbonKg / 1000)} t`],
      ['hours without compressors', `${year.freeHours} of ${hours.length}`],
      ...Object.entries(year.energy).map(([part, kwh]) => [part, `${Math.round(kwh / 1000)} MWh`]),
    ];
    printLine(epw.place);
    printTable(['', ''], rows);
    const filled = Object.values(epw.filled).reduce((sum, count) => sum + count, 0);
    if (filled > 0) printLine(`values of the weather filled in: ${filled}`);
  }
  return 0;
}

/** UPSs are rated for half as much again as the site. */
const UPS_OVER_SITE = 1.5;

function siteOf(flags: Flags, designItW: number): CoolingSite {
  const row = classById('ups-1mw');
  const loss = row && conversionLossOf(row);
  const count = (UPS_OVER_SITE * designItW) / 1e6;
  return {
    designItW,
    liquidHeatRatio: numberOf('--liquid', flags.liquid, 1),
    airWaterTempC: numberOf('--air-water', flags.airWater),
    liquidWaterTempC: numberOf('--liquid-water', flags.liquidWater),
    ups: loss && {
      noLoadW: count * loss.noLoadW,
      linear: loss.linear,
      squarePerW: loss.squarePerW / count,
    },
    pdu: undefined,
    rejection: flags.dry ? 'dry' : 'wet',
  };
}

/** Carbon of each hour, kg/kWh. */
function gridOf(text: string, hours: number): (hour: number) => number {
  const constant = Number(text);
  if (constant >= 0) return () => constant;
  const lines = loadText(text, '--grid').trim().split(/\r?\n/).slice(1);
  const kg = lines.map(line => KG_PER_G * Number(line.split(',').at(-1)));
  const bad = kg.findIndex(value => !(value >= 0));
  if (bad >= 0) throw new UserError(`--grid: ${text}, line ${bad + 2} does not end in a number`);
  if (kg.length < hours) {
    throw new UserError(`--grid: ${text} has ${kg.length} hours, the weather ${hours}`);
  }
  return hour => kg[hour];
}

function numberOf(flag: string, text: string, max = 1e9): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= max) return value;
  throw new UserError(`${flag}: '${text}' is no number from 0 to ${max}`);
}
