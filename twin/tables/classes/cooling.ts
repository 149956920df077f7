/**
 * Cooling plant. `coolingLimitW` is the heat a unit takes away at its design point, `powerMaxW`
 * what its fans, pumps or compressors draw there. `approachK` is supply less facility water.
 */
import type { HardwareClass } from '../catalogue.ts';
import { CONSTANTS, INLET_CLASSES } from '../constants.ts';
import { chosen, computed, recalled } from './figure.ts';

const MAKERS = 'Data sheets of makers';
/** 165 L/min carries 115 kW at 10 K. */
const FLOW_M3_PER_S_PER_W = 0.165 / 60 / 115e3;
const AIR_RISE_K = 12;
const WATER_RISE_K = 6;
const AIR_J_PER_M3_K = CONSTANTS.airDensityKgPerM3.value * CONSTANTS.airHeatJPerKgK.value;
const WATER_J_PER_M3_K = CONSTANTS.waterDensityKgPerM3.value * CONSTANTS.waterHeatJPerKgK.value;

const crah = (id: string, title: string, watts: number): HardwareClass => ({
  id,
  kind: 'crah',
  title,
  figures: {
    coolingLimitW: chosen(watts, 'Common size in the trade'),
    airflowM3PerS: computed(watts / (AIR_J_PER_M3_K * AIR_RISE_K), 'Air warmed by 12 K'),
    approachK: recalled(6, 'Air supply above chilled water'),
    supplyMaxTempC: chosen(
      INLET_CLASSES.recommended.maxTempC,
      'ASHRAE: upper end of the recommended inlet range',
    ),
    powerMaxW: recalled(watts * 0.05, 'EC fans at full speed'),
    copRatio: computed(20, 'Heat over fan power at full speed'),
  },
  traits: { cooling: 'air' },
});

const cdu = (id: string, title: string, watts: number, loopM3: number): HardwareClass => ({
  id,
  kind: 'cdu',
  title,
  figures: {
    coolingLimitW: chosen(watts, 'Common size in the trade'),
    coolantFlowM3PerS: computed(watts * FLOW_M3_PER_S_PER_W, '165 L/min for 115 kW at 10 K'),
    coolantFlowMinM3PerS: chosen(watts * FLOW_M3_PER_S_PER_W * 0.2, 'A fifth of the design flow'),
    approachK: recalled(4, 'Supply above facility water, 3-5 K'),
    supplyMaxTempC: recalled(45, 'Warmest water that NVL72 racks accept'),
    loopVolumeM3: chosen(loopM3, 'Loop of the racks it serves'),
    powerMaxW: recalled(watts * 0.015, 'Pumps at full speed'),
    copRatio: computed(66.7, 'Heat over pump power at full speed'),
  },
  traits: { cooling: 'liquid' },
});

const chiller = (id: string, title: string, watts: number): HardwareClass => ({
  id,
  kind: 'chiller',
  title,
  figures: {
    coolingLimitW: chosen(watts, 'Common size in the trade'),
    coolantFlowM3PerS: computed(watts / (WATER_J_PER_M3_K * WATER_RISE_K), 'Water warmed by 6 K'),
    copRatio: recalled(5.5, 'Water-cooled chiller at full load'),
    powerMaxW: computed(watts / 5.5, 'Heat over COP'),
    supplyMaxTempC: recalled(24, MAKERS),
    restartS: recalled(180, 'Restart after a loss of power, 1-10 min'),
  },
  traits: { cooling: 'liquid' },
});

export const COOLING_CLASSES: readonly HardwareClass[] = [
  crah('crah-100kw', 'CRAH, 100 kW', 100e3),
  crah('crah-300kw', 'CRAH or fan wall unit, 300 kW', 300e3),
  cdu('cdu-rack-120kw', 'CDU in the rack, 120 kW', 120e3, 0.05),
  cdu('cdu-row-1mw', 'CDU of a row, 1 MW', 1e6, 0.6),
  chiller('chiller-1mw', 'Chiller, 1 MW of heat', 1e6),
  chiller('chiller-2mw', 'Chiller, 2 MW of heat', 2e6),
];
