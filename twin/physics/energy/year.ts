/**
 * Power of a site hour by hour under its weather, and what a year of it comes to: energies, PUE,
 * water, carbon. Steady within each hour.
 */
import { ECONOMISER, OVERHEAD, WATER_USE } from '../../tables/physics/energy.ts';
import { notNegative, positive, within } from '../number-check.ts';
import { type ConversionLoss, conversionLossW } from '../power/conversion.ts';
import { fanPowerW, speedForFlow } from '../power/fan.ts';
import { chillerCop, economiserRatio } from './chiller.ts';
import { wetBulbC } from './moist-air.ts';
import { pue, type SiteEnergy } from './pue.ts';

/** One hour of a weather file. */
export interface WeatherHour {
  readonly dryBulbC: number;
  readonly dewPointC: number;
  readonly pressurePa: number;
}

export interface CoolingSite {
  /** IT power the site is built for, W: fans, pumps and chillers have this size. */
  readonly designItW: number;
  /** Part of the heat that leaves in liquid, 0-1. */
  readonly liquidHeatRatio: number;
  /** Chilled water for air handlers, and water for CDUs, °C. */
  readonly airWaterTempC: number;
  readonly liquidWaterTempC: number;
  /** Between the racks and the meter. */
  readonly ups: ConversionLoss | undefined;
  readonly pdu: ConversionLoss | undefined;
  /** Heat leaves through cooling towers (wet) or dry coolers. */
  readonly rejection: 'wet' | 'dry';
}

/** Powers of one hour, W, and water, kg/s. */
interface SitePower extends SiteEnergy {
  readonly waterKgPerS: number;
  /** Part of the heat that needed no compressor. */
  readonly freeRatio: number;
  /** Heat through towers or dry coolers, and heat that leaves by itself: together all power. */
  readonly rejectedW: number;
  readonly ambientW: number;
}

/**
 * The site at an IT power and a weather. Dry coolers see the dry bulb where towers see the wet one.
 * @param itPowerW up to twice the design, beyond which the figures would mean nothing
 */
export function sitePower(site: CoolingSite, itPowerW: number, weather: WeatherHour): SitePower {
  checkSite(site);
  within('itPowerW', itPowerW, 0, 2 * site.designItW);
  const pduW = site.pdu ? conversionLossW(site.pdu, itPowerW) : 0;
  const upsW = site.ups ? conversionLossW(site.ups, itPowerW + pduW) : 0;
  const { dryBulbC, dewPointC, pressurePa } = weather;
  const sinkC = site.rejection === 'wet' ? wetBulbC(dryBulbC, dewPointC, pressurePa) : dryBulbC;
  // Losses of UPS and PDU end in the room too; the room is cooled by air.
  const liquidW = itPowerW * site.liquidHeatRatio;
  const airW = itPowerW - liquidW + upsW + pduW;
  const flow = (heatW: number, ofW: number) =>
    speedForFlow(ofW > 0 ? heatW / ofW : 0, OVERHEAD.minFlowRatio.value);
  const airDesignW = site.designItW * (1 - site.liquidHeatRatio);
  const liquidDesignW = site.designItW * site.liquidHeatRatio;
  const crahW = fanPowerW(OVERHEAD.crahFanRatio.value * airDesignW, flow(airW, airDesignW));
  const cduW = fanPowerW(OVERHEAD.cduPumpRatio.value * liquidDesignW, flow(liquidW, liquidDesignW));
  const air = plantPower(site.airWaterTempC, sinkC, airW + crahW, airDesignW);
  const liquid = plantPower(site.liquidWaterTempC, sinkC, liquidW + cduW, liquidDesignW);
  const waterW = airW + crahW + liquidW + cduW + air.compressorW + liquid.compressorW;
  const outFlow = flow(waterW, site.designItW);
  const towerW = fanPowerW(OVERHEAD.towerFanRatio.value * site.designItW, outFlow);
  const plantPumpW = fanPowerW(OVERHEAD.plantPumpRatio.value * site.designItW, outFlow);
  const lightW = OVERHEAD.lightRatio.value * site.designItW;
  const rejectedW = waterW + plantPumpW;
  const heatW = airW + liquidW + crahW + cduW;
  return {
    it: itPowerW,
    ups: upsW,
    pdu: pduW,
    fans: crahW + towerW,
    pumps: cduW + plantPumpW,
    chillers: air.compressorW + liquid.compressorW,
    lights: lightW,
    waterKgPerS: site.rejection === 'wet' ? rejectedW * WATER_USE.towerKgPerJ.value : 0,
    freeRatio: heatW > 0 ? (air.freeW + liquid.freeW) / heatW : 1,
    rejectedW,
    ambientW: towerW + lightW,
  };
}

/** Compressors of one water loop, and the heat that went past them. */
function plantPower(waterTempC: number, sinkC: number, heatW: number, designW: number) {
  const freeW = heatW * economiserRatio(sinkC, ECONOMISER.approachK.value, waterTempC);
  const leftW = heatW - freeW;
  if (leftW <= 0) return { freeW, compressorW: 0 };
  const cop = chillerCop(waterTempC, sinkC, designW > 0 ? leftW / designW : 1);
  return { freeW, compressorW: leftW / cop };
}

function checkSite(site: CoolingSite) {
  positive('designItW', site.designItW);
  within('liquidHeatRatio', site.liquidHeatRatio, 0, 1);
}

interface SiteHour {
  readonly itPowerW: number;
  readonly weather: WeatherHour;
  /** Carbon of the grid in that hour, kg a kWh. */
  readonly gridKgPerKwh: number;
}

interface SiteYear {
  /** kWh. */
  readonly energy: SiteEnergy;
  readonly pue: number;
  /** Water over IT energy, L/kWh. */
  readonly wueLPerKwh: number;
  readonly waterL: number;
  readonly carbonKg: number;
  /** Hours without any compressor, and the part of all heat that needed none. */
  readonly freeHours: number;
  readonly freeRatio: number;
}

const W_PER_KW = 1000;
const S_PER_H = 3600;

/** Sums over hours: energies first, ratios last. @throws RangeError without IT energy */
export function siteYear(site: CoolingSite, hours: readonly SiteHour[]): SiteYear {
  const sum = { it: 0, ups: 0, pdu: 0, fans: 0, pumps: 0, chillers: 0, lights: 0 };
  const parts = Object.keys(sum) as (keyof SiteEnergy)[];
  let waterL = 0;
  let carbonKg = 0;
  let freeHours = 0;
  let heat = 0;
  let freeHeat = 0;
  for (const { itPowerW, weather, gridKgPerKwh } of hours) {
    const power = sitePower(site, itPowerW, weather);
    notNegative('gridKgPerKwh', gridKgPerKwh);
    let totalKwh = 0;
    for (const part of parts) {
      const kwh = power[part] / W_PER_KW;
      sum[part] += kwh;
      totalKwh += kwh;
    }
    carbonKg += totalKwh * gridKgPerKwh;
    waterL += power.waterKgPerS * S_PER_H;
    if (power.chillers === 0) freeHours++;
    heat += power.it;
    freeHeat += power.it * power.freeRatio;
  }
  return {
    energy: sum,
    pue: pue(sum),
    wueLPerKwh: waterL / sum.it,
    waterL,
    carbonKg,
    freeHours,
    freeRatio: freeHeat / heat,
  };
}
