/** Models of heat and cooling that have no published case of their own here. */
import { z } from 'zod';
import { chillerCop } from '../../physics/energy/chiller.ts';
import { wetBulbC } from '../../physics/energy/moist-air.ts';
import { pue, shareForPue } from '../../physics/energy/pue.ts';
import { sitePower } from '../../physics/energy/year.ts';
import { gpuPowerModel } from '../../physics/power/gpu.ts';
import { withOpenUnits, withReversed } from '../../physics/thermal/airflow-fault.ts';
import { GPU_RC, totalKPerW } from '../../physics/thermal/gpu-heat.ts';
import {
  cduSupplyTempC,
  coolantRiseK,
  loopWarmingKPerS,
  timeWithoutFlowS,
  timeWithoutWaterS,
} from '../../physics/thermal/liquid.ts';
import { inletTempsC, recirculationKPerW } from '../../physics/thermal/recirculation.ts';
import { gpuAtRest, gpuHeatLimits } from '../../physics/thermal/throttle.ts';
import { AIR } from '../../tables/physics/thermal.ts';
import { TRANSIENT } from '../../tables/physics/transient.ts';
import { knownGpu } from '../known-gpu.ts';
import { publishedModel } from '../model.ts';

const above = z.number().positive();
const notBelow = z.number().nonnegative();
const ratio = z.number().min(0).max(1);
const tempC = z.number().min(-40).max(100);

/** Where a GPU comes to rest: clock, power with leakage, junction, and what holds it back. */
export const gpuHeat = publishedModel(
  'gpu_heat',
  z.object({
    gpu: z.string(),
    inletC: tempC,
    utilRatio: ratio,
    capW: above.optional(),
    cooling: z.enum(['air', 'liquid']).optional().describe('Whose resistance; air.'),
    resistanceKPerW: above.optional(),
  }),
  ({ gpu, inletC, utilRatio, capW, cooling, resistanceKPerW }) => {
    const row = knownGpu(gpu);
    const model = gpuPowerModel(row);
    const limits = gpuHeatLimits(row.figures);
    if (!limits) throw new RangeError(`gpu '${gpu}': its temperature limits are not known`);
    const rest = gpuAtRest(model, limits, {
      ...{ inletTempC: inletC, utilRatio, capW: capW ?? model.maxW },
      resistanceKPerW: resistanceKPerW ?? totalKPerW(GPU_RC[cooling ?? 'air']),
    });
    return { ...rest };
  },
  ({ resistanceKPerW }) => ({
    cooling: resistanceKPerW !== undefined && 'has no effect beside resistanceKPerW',
  }),
);

/** A liquid loop: its rise, and how long it lasts without water or without flow. */
export const liquidLoop = publishedModel(
  'liquid_loop',
  z.object({
    heatW: above,
    flowLPerMin: above,
    volumeL: above,
    waterC: tempC,
    approachK: notBelow.default(TRANSIENT.approachK.value),
    loadRatio: ratio.default(1),
    gpuPowerW: above,
    limitC: tempC,
  }),
  asked => {
    const { heatW, flowLPerMin, volumeL, waterC, approachK, loadRatio, gpuPowerW, limitC } = asked;
    const supplyTempC = cduSupplyTempC(waterC, approachK, loadRatio);
    const rc = GPU_RC.liquid;
    const volumeM3 = volumeL / 1000;
    const loop = {
      supplyTempC,
      powerW: heatW,
      volumeM3,
      gpuPowerW,
      resistanceKPerW: totalKPerW(rc),
    };
    return {
      supplyC: supplyTempC,
      riseK: coolantRiseK(heatW, flowLPerMin / 60_000),
      warmingKPerS: loopWarmingKPerS(heatW, volumeM3),
      withoutWaterS: timeWithoutWaterS(loop, limitC),
      withoutFlowS: timeWithoutFlowS(rc, gpuPowerW, supplyTempC, limitC),
    };
  },
);

const vector = z.array(above).min(1).max(500);

/** Inlets of a row of racks that breathe each other's exhaust, with a fault in one of them. */
export const inlets = publishedModel(
  'inlets',
  z
    .object({
      supplyC: tempC,
      powerW: z.array(notBelow).min(1).max(500),
      flowWPerK: vector.describe('Heat that the air of each rack takes up for each kelvin.'),
      exchange: z
        .array(z.array(ratio))
        .optional()
        .describe('[from][to]: part of the exhaust of a rack in the inlet of another; none.'),
      reversedRack: z.int().min(0).optional(),
      openRack: z.int().min(0).optional(),
      openUnits: above.optional().describe('Of openRack, without a panel.'),
    })
    .refine(asked => asked.powerW.length === asked.flowWPerK.length, {
      path: ['flowWPerK'],
      message: 'must have one entry for each of powerW',
    })
    .refine(
      ({ exchange, powerW: { length } }) =>
        !exchange || (exchange.length === length && exchange.every(row => row.length === length)),
      { path: ['exchange'], message: 'must have a row and a column for each rack' },
    ),
  asked => {
    const { supplyC, powerW, flowWPerK, reversedRack, openRack, openUnits } = asked;
    const racks = powerW.map((_, i) => i);
    const still = racks.map(() => racks.map(() => 0));
    let row = { exchange: asked.exchange ?? still, flowWPerK };
    for (const [name, rack] of Object.entries({ reversedRack, openRack })) {
      if (rack !== undefined && rack >= powerW.length) {
        throw new RangeError(`${name}: ${rack}, but racks are 0 to ${powerW.length - 1}`);
      }
    }
    if (openRack !== undefined && openUnits !== undefined) {
      row = withOpenUnits(row, openRack, openUnits) as typeof row;
    }
    if (reversedRack !== undefined) row = withReversed(row, reversedRack) as typeof row;
    const temps = inletTempsC(supplyC, recirculationKPerW(row.exchange, flowWPerK), powerW);
    return {
      hottestC: Math.max(...temps),
      hottestRack: temps.indexOf(Math.max(...temps)),
      ...Object.fromEntries(temps.map((inletC, rack) => [`inlet${rack}C`, inletC])),
    };
  },
  ({ openRack, openUnits }) => ({
    openUnits: openRack === undefined && 'needs openRack: whose units are open',
    openRack: openUnits === undefined && 'needs openUnits: how many of its units are open',
  }),
);

/** A site in one hour of weather. */
export const siteHour = publishedModel(
  'site_hour',
  z.object({
    itKw: above,
    designItKw: above,
    dryBulbC: z.number().min(-60).max(60),
    dewPointC: z.number().min(-60).max(40),
    pressurePa: z.number().min(50_000).max(110_000).default(AIR.pressurePa.value),
    liquidHeatRatio: ratio.default(0),
    airWaterC: tempC.default(18),
    liquidWaterC: tempC.default(32),
    rejection: z.enum(['wet', 'dry']).default('wet'),
    gridKgPerKwh: notBelow.default(0.4),
  }),
  asked => {
    const site = {
      ...{ designItW: 1000 * asked.designItKw, liquidHeatRatio: asked.liquidHeatRatio },
      ...{ airWaterTempC: asked.airWaterC, liquidWaterTempC: asked.liquidWaterC },
      ...{ ups: undefined, pdu: undefined, rejection: asked.rejection },
    };
    const { dryBulbC, dewPointC, pressurePa } = asked;
    const power = sitePower(site, 1000 * asked.itKw, { dryBulbC, dewPointC, pressurePa });
    const ratioOfIt = pue(power);
    return {
      pue: ratioOfIt,
      chillerKw: power.chillers / 1000,
      freeRatio: power.freeRatio,
      waterLPerH: power.waterKgPerS * 3600,
      carbonKgPerH: ratioOfIt * asked.itKw * asked.gridKgPerKwh,
      wetBulbC: wetBulbC(dryBulbC, dewPointC, pressurePa),
    };
  },
  ({ liquidHeatRatio }) => ({
    liquidWaterC: liquidHeatRatio === 0 && 'needs liquidHeatRatio above 0: no heat is in liquid',
    airWaterC: liquidHeatRatio === 1 && 'needs liquidHeatRatio below 1: all heat is in liquid',
  }),
);

export const chiller = publishedModel(
  'chiller',
  z.object({ waterC: tempC, wetBulbC: z.number().min(-40).max(45), loadRatio: ratio }),
  ({ waterC, wetBulbC: outdoorC, loadRatio }) => ({ cop: chillerCop(waterC, outdoorC, loadRatio) }),
);

/** How much of the IT energy must be the better part for a PUE. */
export const pueShare = publishedModel(
  'pue_share',
  z.object({ wanted: z.number().min(1), low: z.number().min(1), high: z.number().min(1) }),
  ({ wanted, low, high }) => {
    const share = shareForPue(wanted, low, high);
    if (share === undefined) throw new RangeError(`no mix of ${low} and ${high} gives ${wanted}`);
    return { lowShareRatio: share };
  },
);
