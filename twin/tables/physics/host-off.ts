/** When hosts take themselves off because of heat. */
import type { Figures } from '../catalogue.ts';
import { chosen, computed, recalled, seen } from '../classes/figure.ts';

const CPU_MAX_C = 95;
const PLATE_K_PER_W = 0.05;

/** Coolant with which a processor that draws so much is as hot as firmware lets it be. */
export const coolantShutdownTempC = (cpuTdpW: number) =>
  computed(
    CPU_MAX_C - PLATE_K_PER_W * cpuTdpW,
    `OpenBMC, policy of mihawk: off above 95 °C of a core; ${cpuTdpW} W on a plate of 0.05 K/W`,
  );

export const HOST_OFF = {
  inletShutdownTempC: seen(
    47,
    'Highest thresholds of inlet sensors: Dell R650 47, HPE 46 and 47 °C',
  ),
  inletLowC: seen(43, 'Dell C8000: its fan controller shuts the system down at 43 °C'),
  inletHighC: seen(50, 'Cisco UCS: UpperThresholdFatal of TEMP_FRONT'),
  inletForS: seen(23, 'OpenBMC sensor-monitor: off if HardShutdownAlarm lasts that long'),
  coolantShutdownTempC: coolantShutdownTempC(350),
  coolantLowK: recalled(5, 'Plates of 0.04 to 0.065 K/W under 350 W'),
  coolantHighK: chosen(10, 'Orrery: processors that slow down keep 40 % of their power'),
  /** A limit that the inventory names is passed a little sooner or later. */
  sensorK: chosen(1, 'Orrery: inlet and coolant sensors are within a kelvin'),
} as const satisfies Figures;
