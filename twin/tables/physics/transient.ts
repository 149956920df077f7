/**
 * Figures of the transient simulation: thermal stores, rack air, fans and cooling units. Figures of
 * a hardware class (power, limits, airflow, PSU curve, UPS loss) stand with the class.
 */
import type { Figure } from '../catalogue.ts';
import { chosen, computed, recalled } from '../classes/figure.ts';

export const TRANSIENT = {
  clockFloorRatio: recalled(0.3, 'Lowest clock that a power or thermal controller asks for'),
  slowdownTempC: chosen(89, 'Where the class names none: as A100 and H100'),
  shutdownTempC: chosen(92, 'Where the class names none: as A100 and H100'),
  sinkSpeedRefRatio: chosen(0.7, 'Fan speed at which the resistance is quoted'),
  fanFloorRatio: recalled(0.35, 'Lowest speed that server firmware commands'),
  fanStartTempC: chosen(50, 'Hottest GPU at which fans leave the floor'),
  fanFullTempC: chosen(85, 'Hottest GPU at which fans run full'),
  fanTauS: chosen(10, 'Controller and rotor'),
  fanPowerMaxRatio: recalled(0.12, 'Fans at full speed over host maximum, where no figure is'),
  airflowM3PerSPerW: computed(5.1e-5, 'DGX H100: 1,105 CFM at 10.2 kW'),
  airflowFloorRatio: chosen(0.05, 'Draught through a host whose fans stand still'),
  rackDraughtM3PerS: chosen(0.02, 'Through a rack in which nothing blows'),
  solidsJPerKPerW: recalled(6.4, 'DGX H100: 130 kg at 0.5 kJ/(kg K), steel to boards, for 10.2 kW'),
  approachK: recalled(4, 'CDU of a class without figures: 3-5 K'),
  loopLimitW: chosen(1e6, 'CDU of a class without figures'),
  loopVolumeM3: chosen(0.1, 'CDU of a class without figures'),
  stillCouplingWPerK: recalled(100, 'Metal of a rack in still air: 15 m2 at 7 W/(m2 K)'),
  recirculationRatio: recalled(0.05, 'Hot air drawn back in a contained aisle'),
  neighbourRatio: chosen(0.01, 'Of the exhaust of each neighbour, in a contained aisle'),
  unknownCoolingJPerK: chosen(1e12, 'A megawatt warms it by 0.004 K in an hour'),
  supplyTempC: chosen(20, 'Set-point of a CRAH that reports none'),
  crahTauS: recalled(120, 'Coil and plenum'),
  crahReserveRatio: chosen(
    1.15,
    'Airflow that a unit of unknown rating can add when another stops',
  ),
  crahRatedRiseK: recalled(11, 'Air through a CRAH at its rated heat, 10-12 K'),
  chilledWaterJPerKPerW: recalled(13.5, 'About 3 gallons of chilled water a ton, 3.2 l a kW'),
  facilityWaterTempC: chosen(28, 'Warm-water loop before a CDU that reports no supply'),
} as const satisfies Readonly<Record<string, Figure>>;
