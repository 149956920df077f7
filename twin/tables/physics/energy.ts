/** Constants of cooling plant and of the figures drawn from a year of it. */
import type { Figures } from '../catalogue.ts';
import { chosen, computed, recalled, seen } from '../classes/figure.ts';

const MOORE = 'Moore et al., USENIX ATC 2005';

/** `COP = a T² + b T + c` of a direct-expansion unit with supply air of T °C. */
export const CRAC_COP = {
  squareRatio: seen(0.0068, MOORE),
  linearRatio: seen(0.0008, MOORE),
  constantRatio: seen(0.458, MOORE),
} as const satisfies Figures;

export const CHILLER = {
  carnotRatio: recalled(0.5, 'Part of the ideal COP that machines reach'),
  condenserApproachK: recalled(8, 'Condensing above wet bulb, with tower and exchanger'),
  liftMinK: chosen(8, 'Orrery: below it valves and oil, not the lift, limit a compressor'),
  /** Power over that at full load is `a + b x + c x²` for a part x of the capacity. */
  partLoadConstantRatio: recalled(0.222903, 'DOE-2 centrifugal chiller'),
  partLoadLinearRatio: recalled(0.313387, 'DOE-2 centrifugal chiller'),
  partLoadSquareRatio: recalled(0.46371, 'DOE-2 centrifugal chiller'),
  /** Below this part of its capacity a chiller cycles and keeps the COP it has there. */
  partLoadMinRatio: chosen(0.1, 'Orrery: unloading of centrifugal machines ends at 10-20 %'),
} as const satisfies Figures;

export const ECONOMISER = {
  approachK: recalled(5, 'Supply above wet bulb: tower and exchanger'),
  bandK: chosen(5, 'Between all and nothing, linear'),
} as const satisfies Figures;

export const WATER_USE = {
  /** A cooling tower boils off its heat: latent heat of water plus blow-down. */
  towerKgPerJ: computed(1.33 / 2.45e6, '2.45 MJ/kg and a third more as blow-down and drift'),
} as const satisfies Figures;

/** Parts of the overhead that go with the load that is carried, per watt of it. */
export const OVERHEAD = {
  crahFanRatio: recalled(0.03, 'EC fans of air handlers at full flow'),
  cduPumpRatio: recalled(0.015, 'CDU pumps at full flow'),
  plantPumpRatio: recalled(0.02, 'Chilled and condenser water pumps at full flow'),
  towerFanRatio: recalled(0.01, 'Tower fans at full flow'),
  lightRatio: chosen(0.005, 'Orrery: lights and offices, of the power the site is built for'),
  /** Lowest speed that drives are set to. */
  minFlowRatio: chosen(0.3, 'Orrery: drives and minimum flows of exchangers'),
} as const satisfies Figures;

/** Saturation pressure of water: `a * exp(b T / (T + c))`, hPa and °C; psychrometer per kelvin. */
export const MOIST_AIR = {
  saturationPa: seen(611.2, 'WMO guide to instruments, Magnus form'),
  saturationRatio: seen(17.62, 'WMO guide to instruments, Magnus form'),
  saturationOffsetC: seen(243.12, 'WMO guide to instruments, Magnus form'),
  psychrometerPerK: recalled(6.53e-4, 'WMO guide: ventilated psychrometer over water'),
  psychrometerSlopePerK: recalled(9.44e-4, 'WMO guide: its growth with the wet bulb'),
} as const satisfies Figures;
