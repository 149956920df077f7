/** Sensors of one BMC, in one list from which Sensors, Thermal and Power are all made. */
import * as read from '../readings.ts';
import type { Simulation } from '../simulation.ts';
import { isPresent } from '../state.ts';
import type { Health } from './resource.ts';

export interface BmcSensor {
  readonly id: string;
  readonly name: string;
  readonly type: 'Temperature' | 'Rotational' | 'Power' | 'Voltage';
  readonly unit: 'Cel' | 'RPM' | 'W' | 'V';
  readonly context: string;
  /** NaN, which JSON makes null, while what it measures is off. */
  value(): number;
  readonly warnAbove?: number;
  readonly criticalAbove?: number;
}

export function sensorHealth(sensor: BmcSensor): Health {
  const value = sensor.value();
  if (sensor.criticalAbove !== undefined && value >= sensor.criticalAbove) return 'Critical';
  if (sensor.warnAbove !== undefined && value >= sensor.warnAbove) return 'Warning';
  return 'OK';
}

const temperature = (
  id: string,
  name: string,
  context: string,
  value: () => number,
  limits: readonly [warn: number, critical: number],
): BmcSensor => ({
  ...{ id, name, context, value, type: 'Temperature', unit: 'Cel' },
  ...{ warnAbove: limits[0], criticalAbove: limits[1] },
});

const power = (id: string, name: string, context: string, value: () => number): BmcSensor => ({
  ...{ id, name, context, value, type: 'Power', unit: 'W' },
});

export function sensorsOf(s: Simulation, host: number): BmcSensor[] {
  const { layout, state } = s;
  const gpus = range(layout.gpuStart[host], layout.gpuStart[host + 1]);
  const psus = range(layout.psuStart[host], layout.psuStart[host + 1]);
  const figures = layout.gpuFigures[host];
  return [
    temperature('Inlet_Temp', 'Inlet Temp', 'Intake', () => read.inletTempC(s, host), [35, 40]),
    temperature(
      'Exhaust_Temp',
      'Exhaust Temp',
      'Exhaust',
      () => read.exhaustTempC(s, host),
      [65, 70],
    ),
    temperature('CPU1_Temp', 'CPU1 Temp', 'CPU', () => read.cpuTempC(s, host), [90, 95]),
    temperature('CPU2_Temp', 'CPU2 Temp', 'CPU', () => read.cpuTempC(s, host), [90, 95]),
    ...gpus.map((gpu, slot) =>
      temperature(
        `GPU${slot + 1}_Temp`,
        `GPU${slot + 1} Temp`,
        'GPU',
        () => (isPresent(state, gpu) ? read.gpuTempC(s, gpu) : Number.NaN),
        [...([figures!.maxOpTempC, figures!.slowdownTempC] as const)],
      ),
    ),
    ...gpus.map((gpu, slot) =>
      power(`GPU${slot + 1}_Power`, `GPU${slot + 1} Power`, 'GPU', () =>
        isPresent(state, gpu) ? Math.round(read.gpuPowerW(s, gpu)) : Number.NaN,
      ),
    ),
    ...range(0, read.fanCount(s, host)).map(
      (fan): BmcSensor => ({
        ...{ id: `FAN${fan + 1}`, name: `FAN${fan + 1}`, type: 'Rotational', unit: 'RPM' },
        context: 'SystemBoard',
        value: () => read.fanRpm(s, host, fan),
      }),
    ),
    power('Total_Power', 'Total Power', 'Chassis', () => read.bmcPowerW(s, host)),
    ...psus.map((psu, slot) =>
      power(`PSU${slot + 1}_PIN`, `PSU${slot + 1} Input Power`, 'PowerSupply', () =>
        read.psuInputW(s, psu),
      ),
    ),
    ...psus.map(
      (psu, slot): BmcSensor => ({
        ...{ id: `PSU${slot + 1}_VIN`, name: `PSU${slot + 1} Input Voltage`, type: 'Voltage' },
        ...{ unit: 'V', context: 'PowerSupply' },
        value: () => Math.round(read.mainsVoltageV(s, state.psu.pdu[psu])),
      }),
    ),
  ];
}

export const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from }, (_, at) => from + at);
