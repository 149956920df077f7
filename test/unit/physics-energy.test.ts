/** Cooling plant, PUE, water and carbon. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import test from 'node:test';
import { gunzipSync } from 'node:zlib';
import { readEpw } from '../../server/energy/epw.ts';
import {
  chillerCop,
  cracCop,
  economiserRatio,
  partLoadCopRatio,
} from '../../twin/physics/energy/chiller.ts';
import { dewPointC, saturationPa, wetBulbC } from '../../twin/physics/energy/moist-air.ts';
import { pue, pueOfParts, pueOfRacks, shareForPue } from '../../twin/physics/energy/pue.ts';
import { type CoolingSite, sitePower, siteYear } from '../../twin/physics/energy/year.ts';
import { conversionLossOf } from '../../twin/physics/power/conversion.ts';
import { near } from '../support/near.ts';
import { named } from '../support/tables.ts';

test('CRAC: 2.00 at 15 °C, 3.19 at 20, 4.73 at 25', () => {
  near(cracCop(15), 2.0, 0.002);
  near(cracCop(20), 3.194, 0.002);
  near(cracCop(25), 4.728, 0.002);
  assert.throws(() => cracCop(Number.NaN), /supplyTempC/);
});

test('a chiller reaches half of Carnot, less at part load, no more than its lift allows', () => {
  // 0.5 * (10 + 273.15) / (20 + 8 - 10) = 7.865
  near(chillerCop(10, 20, 1), 7.865, 0.01);
  assert.ok(chillerCop(10, 20, 0.2) < chillerCop(10, 20, 0.6));
  assert.equal(chillerCop(10, -10, 1), chillerCop(10, -30, 1));
  near(partLoadCopRatio(1), 1, 1e-3);
  assert.equal(partLoadCopRatio(0), partLoadCopRatio(0.1));
});

test('free cooling: all, a part, none', () => {
  assert.equal(economiserRatio(10, 5, 18), 1);
  assert.equal(economiserRatio(13, 5, 18), 1);
  near(economiserRatio(15.5, 5, 18), 0.5);
  assert.equal(economiserRatio(18, 5, 18), 0);
  assert.equal(economiserRatio(30, 5, 18), 0);
});

test('wet bulb of the psychrometric tables', () => {
  // Sea level: 30 °C at 50 % is 22.0; 20 °C at 50 % is 13.7; 35 °C at 20 % is 18.9
  for (const [dry, humidity, wet] of [
    [30, 0.5, 22.0],
    [20, 0.5, 13.7],
    [35, 0.2, 18.9],
  ]) {
    near(wetBulbC(dry, dewPointC(dry, humidity), 101_325), wet, 0.2);
  }
  assert.equal(wetBulbC(15, 15, 101_325), 15);
  assert.equal(wetBulbC(15, 15.2, 101_325), 15);
  near(dewPointC(20, 1), 20);
  near(saturationPa(20), 2333, 5);
});

const energy = { it: 100, ups: 5, pdu: 2, fans: 4, pumps: 3, chillers: 15, lights: 1 };

test('PUE comes from energies', () => {
  near(pue(energy), 1.3);
  assert.throws(() => pue({ ...energy, it: 0 }), /it must be/);
  assert.throws(() => pue({ ...energy, fans: -1 }), /fans/);
});

test('PUE of a mix: 40 % liquid at 1.09 and air at 1.25 are 1.186, and 1.14 needs 68.8 %', () => {
  const parts = [
    { itShareRatio: 0.4, pue: 1.09 },
    { itShareRatio: 0.6, pue: 1.25 },
  ];
  near(pueOfParts(parts), 1.186, 1e-12);
  near(shareForPue(1.14, 1.09, 1.25) ?? 0, 0.6875, 1e-12);
  near(shareForPue(1.15, 1.09, 1.25) ?? 0, 0.625, 1e-12);
  assert.equal(shareForPue(1.05, 1.09, 1.25), undefined);
  assert.throws(() => pueOfParts([{ itShareRatio: 0.4, pue: 1.09 }]), /add up to 1, not 0.4/);
  assert.throws(() => pueOfParts([{ itShareRatio: 1, pue: 0.9 }]), /parts\[0\].pue/);
});

test('1.14 is right if liquid racks are 3.3 times as dense', () => {
  const groups = (rackW: number) => [
    { rackCount: 40, rackW, pue: 1.09 },
    { rackCount: 60, rackW: 12_000, pue: 1.25 },
  ];
  near(pueOfRacks(groups(12_000 * 3.3)), 1.14, 0.001);
  near(pueOfRacks(groups(12_000)), 1.186, 1e-12);
});

const SITE: CoolingSite = {
  designItW: 1e6,
  liquidHeatRatio: 0,
  airWaterTempC: 18,
  liquidWaterTempC: 30,
  ups: conversionLossOf(named('ups-1500kw')),
  pdu: undefined,
  rejection: 'wet',
};
const COLD = { dryBulbC: 5, dewPointC: 0, pressurePa: 101_325 };
const HOT = { dryBulbC: 38, dewPointC: 24, pressurePa: 101_325 };

test('energy in is heat out, at every load and weather', () => {
  for (const itW of [0, 1e5, 5e5, 1e6]) {
    for (const weather of [COLD, HOT]) {
      const p = sitePower({ ...SITE, liquidHeatRatio: 0.5 }, itW, weather);
      const inW = p.it + p.ups + p.pdu + p.fans + p.pumps + p.chillers + p.lights;
      near((p.rejectedW + p.ambientW) / inW, 1, 1e-12);
    }
  }
});

// CRAHs 30 kW, towers 10 kW, pumps 20 kW at full flow, all by the cube; lights 5 kW. At half load:
// 30 x .5^3 = 3.75 kW; 503.75 kW of heat for the water: x .50375^3 = .127835.
test('what fans, pumps and lights take follows the load, down to the least flow', () => {
  const plain = { ...SITE, ups: undefined, pdu: undefined };
  const half = sitePower(plain, 5e5, COLD);
  near(half.fans, 3750 + 1278.35, 0.1);
  near(half.pumps, 2556.7, 0.1);
  near(half.lights, 5000);
  assert.deepEqual([half.ups, half.pdu, half.chillers], [0, 0, 0]);
  const idle = sitePower(plain, 0, COLD);
  near(idle.fans, 0.027 * 40_000, 1e-6);
  near(idle.pumps, 0.027 * 20_000, 1e-6);
  const liquid = sitePower({ ...plain, liquidHeatRatio: 1 }, 5e5, COLD);
  // CDU pumps 15 kW at full flow, and no air but what the site gives off by itself.
  near(liquid.pumps, 15_000 * 0.125 + 20_000 * 0.501875 ** 3, 0.1);
});

test('cold days need no compressor, hot ones do; water at 30 °C needs hardly any', () => {
  assert.equal(sitePower(SITE, 8e5, COLD).chillers, 0);
  const air = sitePower(SITE, 8e5, HOT);
  const liquid = sitePower({ ...SITE, liquidHeatRatio: 0.85 }, 8e5, HOT);
  assert.ok(pue(air) > pue(liquid) && pue(liquid) > 1);
  assert.ok(pue(air) < 1.6, `${pue(air)}`);
  assert.equal(sitePower({ ...SITE, rejection: 'dry' }, 8e5, HOT).waterKgPerS, 0);
});

test('a year sums energies before it divides', () => {
  const hours = [
    { itPowerW: 1e6, weather: COLD, gridKgPerKwh: 0.2 },
    { itPowerW: 1e5, weather: HOT, gridKgPerKwh: 0.4 },
  ];
  const year = siteYear(SITE, hours);
  const [first, second] = hours.map(hour => sitePower(SITE, hour.itPowerW, hour.weather));
  near(year.energy.it, 1100);
  near(year.pue, (1000 * pue(first) + 100 * pue(second)) / 1100, 1e-12);
  assert.ok(Math.abs(year.pue - (pue(first) + pue(second)) / 2) > 0.01);
  near(year.carbonKg, 1000 * pue(first) * 0.2 + 100 * pue(second) * 0.4, 1e-9);
  assert.equal(year.freeHours, 1);
  // 1.33 kg of water for each 2.45 MJ of heat
  near(year.waterL, (first.rejectedW + second.rejectedW) * 3600 * (1.33 / 2.45e6), 1e-6);
  assert.throws(() => siteYear(SITE, []), /it must be/);
  assert.throws(() => sitePower(SITE, 3e6, HOT), /itPowerW/);
});

const header = (hours: number, row: (hour: number) => string) =>
  [
    'LOCATION,Somewhere,XX,AAA,TMY,1,50.0,8.0,1.0,500.0',
    ...Array.from({ length: 7 }, (_, i) => `HEADER ${i}`),
    ...Array.from({ length: hours }, (_, hour) => row(hour)),
  ].join('\r\n');

test('EPW: hours as they stand; what is missing is filled in and counted', () => {
  const text = header(8760, hour => {
    if (hour === 1) return '2020,1,1,2,60,?,99.9,99.9,999,999999';
    if (hour === 2) return '2020,1,1,3,60,?,20.0,99.9,50,999999';
    if (hour === 3) return '2020,1,1,4,60,?,22.0,99.9,999,95000';
    return '2020,1,1,1,60,?,10.0,5.0,71,95500';
  });
  const epw = readEpw(`${text}\r\n`);
  assert.equal(epw.place, 'Somewhere, XX, AAA');
  assert.deepEqual(
    [epw.latitudeDeg, epw.longitudeDeg, epw.timeZoneH, epw.elevationM],
    [50, 8, 1, 500],
  );
  assert.equal(epw.hours.length, 8760);
  assert.deepEqual(epw.hours[1], epw.hours[0]);
  near(epw.hours[2].dewPointC, 9.26, 0.05);
  near(epw.hours[2].pressurePa, 95_461, 5);
  near(epw.hours[3].dewPointC, 22 - (20 - 9.26), 0.05);
  assert.deepEqual(epw.filled, { dryBulbC: 1, dewPointC: 2, pressurePa: 1 });
});

test('EPW: what is none is refused, with the line', () => {
  const good = '2020,1,1,1,60,?,10.0,5.0,71,95500';
  const bad: readonly (readonly [string, RegExp])[] = [
    ['', /Line 1: an EPW file begins with LOCATION/],
    ['LOCATION,a,b,c,d,e,north,1,1,1', /Line 1: field 7 must be a number, not 'north'/],
    [header(24, () => good), /24 hours after 8 header lines/],
    [header(8760, hour => (hour === 9 ? '1,2' : good)), /Line 18: 2 fields/],
    [header(8760, () => good.replace('10.0', 'warm')), /Line 9: the first hour/],
  ];
  for (const [text, message] of bad) assert.throws(() => readEpw(text), message);
});

const DATA = new URL('../../../shared/data/timeseries/', import.meta.url);
const skip = existsSync(DATA) ? false : 'shared/data is not beside the repository';
const unzipped = (path: string) => gunzipSync(readFileSync(new URL(path, DATA))).toString();

test('a year in San Jose and in Dallas: free hours, PUE, water and carbon', { skip }, () => {
  const grid = unzipped('grid-ci/CA_NG_avgCI.csv.gz').trim().split('\n').slice(1);
  const carbon = grid.map(line => Number(line.split(',').at(-1)) / 1000);
  const yearIn = (file: string, site: CoolingSite) => {
    const { hours, filled } = readEpw(unzipped(`weather-epw/${file}.epw.gz`));
    assert.deepEqual(filled, { dryBulbC: 0, dewPointC: 0, pressurePa: 0 });
    return siteYear(
      site,
      hours.map((weather, i) => ({ itPowerW: 8e5, weather, gridKgPerKwh: carbon[i] })),
    );
  };
  const mild = yearIn('USA_CA_San.Jose-Mineta', SITE);
  const hot = yearIn('USA_TX_Dallas-Fort.Worth', SITE);
  const warmWater = yearIn('USA_CA_San.Jose-Mineta', { ...SITE, liquidHeatRatio: 0.85 });
  assert.ok(mild.freeHours > hot.freeHours, `${mild.freeHours} and ${hot.freeHours} free hours`);
  assert.ok(warmWater.pue < mild.pue && mild.pue < hot.pue);
  assert.ok(mild.pue > 1.04 && hot.pue < 1.58, `${mild.pue} ${hot.pue}`);
  // Around 1.8 L/kWh is common for sites with towers.
  assert.ok(hot.wueLPerKwh > 1.4 && hot.wueLPerKwh < 2.8, `${hot.wueLPerKwh} L/kWh`);
  const kwh = Object.values(mild.energy).reduce((sum, value) => sum + value, 0);
  const kgPerKwh = mild.carbonKg / kwh;
  assert.ok(kgPerKwh > 0.15 && kgPerKwh < 0.35, `${kgPerKwh} kg/kWh`);
});
