/** Constants of heat: GPUs, air, liquid loops, rooms without cooling. */
import type { Figures } from '../catalogue.ts';
import { chosen, computed, recalled, seen } from '../classes/figure.ts';

/** Die and heatsink as two poles in a row (Foster form): resistances add up, each with its lag. */
export const GPU_AIR_RC = {
  totalKPerW: recalled(0.065, '0.06-0.07 K/W, about 450 J/K with 30 s'),
  dieRatio: recalled(0.3, 'Part of the rise that is over within seconds'),
  dieTauS: recalled(0.5, 'Step answers of GPU dies'),
  sinkTauS: recalled(30, 'Air-cooled heatsink'),
} as const satisfies Figures;

/** As above for a cold plate; the inlet is that of the coolant. */
export const GPU_LIQUID_RC = {
  totalKPerW: recalled(0.025, 'Cold plate with its interface'),
  dieRatio: chosen(0.3, 'Orrery: as with air'),
  dieTauS: recalled(0.5, 'Step answers of GPU dies'),
  sinkTauS: recalled(5, 'Cold plate'),
} as const satisfies Figures;

export const LEAKAGE = {
  perK: recalled(0.01, 'Power grows by 1 % a kelvin'),
  fromTempC: recalled(60, 'Below it leakage does not show'),
} as const satisfies Figures;

/** What a GPU does as it comes near its limits. */
export const THROTTLING = {
  hardwareClockRatio: seen(0.5, 'nvidia-smi manual: HW Slowdown halves the clock or worse'),
} as const satisfies Figures;

/** Limits for cards that report margins: 0 K of margin as a temperature. */
export const MARGIN_ZERO_TEMP_C = seen(
  87,
  'nvidia-smi -q of H100 and H200: current temperature and T.Limit add up to 87 °C',
);

export const AIR = {
  pressurePa: seen(101_325, 'Standard atmosphere'),
  /** `pressure = pressurePa * (1 - lapsePerM * height) ^ lapseExponent`. */
  lapsePerM: recalled(2.25577e-5, 'Standard atmosphere, up to 11 km'),
  lapseExponent: recalled(5.25588, 'Standard atmosphere, up to 11 km'),
  gasJPerKgK: seen(287.05, 'Specific gas constant of dry air'),
  heatJPerKgK: recalled(1005, 'Dry air at 20 °C'),
  btuPerHPerW: seen(3.412, 'Definition of the Btu'),
  m3PerSPerCfm: computed(0.3048 ** 3 / 60, 'Definition of the foot'),
  /** Thermal resistance of a heatsink goes with the speed of its air to this power. */
  sinkSpeedExponent: recalled(-0.7, 'Forced convection, between laminar -0.5 and turbulent -0.8'),
} as const satisfies Figures;

/** Printed heat further than this from the printed power is an error of the sheet, not rounding. */
export const SHEET_TOLERANCE_RATIO = chosen(0.03, 'Orrery: sheets round to three figures');

/** What an airflow fault adds to the matrix of who breathes whose exhaust. */
export const AIRFLOW_FAULTS = {
  /** Part of a rack's own exhaust that comes back for each open unit without a panel. */
  openUnitRatio: chosen(0.03, 'Orrery: an empty third of a rack takes back about a third'),
  /** Most that open units can bring back. */
  openUnitsMaxRatio: chosen(0.5, 'Orrery: half of what it breathes'),
  /** Part of what a reversed machine breathes that comes from the hot aisle. */
  reversedHotRatio: chosen(0.95, 'Orrery: its inlet stands in the hot aisle'),
  /** Part of the inlet of each of its neighbours that a reversed machine blows in. */
  reversedSpillRatio: chosen(0.1, 'Orrery: its exhaust is spread over the cold aisle'),
} as const satisfies Figures;

/** Identification of the recirculation matrix. */
export const RECIRCULATION = {
  ridge: chosen(1e-3, 'Orrery: part of the mean square of the inputs added to each'),
  sweepsMax: chosen(2000, 'Orrery: coordinate descent is over long before'),
  toleranceRatio: chosen(1e-10, 'Orrery: largest change of a sweep over the largest value'),
} as const satisfies Figures;

/** Air and solids of one rack and its part of the room, once nothing cools them. */
export const COOLING_LOSS = {
  airJPerK: recalled(15e3, '10-20 kJ/K a rack'),
  couplingWPerK: recalled(400, '0.3-0.5 kW/K a rack'),
  airflowWPerK: computed(417, 'That rack of 5 kW, whose air warms by 12 K'),
  solidsJPerK: computed(92.9e3, 'Fits 5 kW: 22 to 40 °C in 189 s (Opengate, Active Power)'),
  solidsAtW: seen(5e3, 'That rack'),
  heatAtSolidsRatio: computed(0.5, 'Metal stands all along the stream: half-way on average'),
} as const satisfies Figures;

/** A liquid loop that nothing cools: pipes and plates warm with its water. */
export const LOOP_LOSS = {
  metalRatio: chosen(0.15, 'Orrery: heat that pipes and plates hold, over that of the water'),
  couplingWPerKPerM3: chosen(1e6, 'Orrery: pipes follow their water within seconds'),
  inHostsRatio: chosen(0.2, 'Orrery: plates, hoses and manifolds; 10 of 50 l at 120 kW'),
} as const satisfies Figures;
