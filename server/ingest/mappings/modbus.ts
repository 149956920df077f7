/**
 * CDUs by modbus_exporter. That exporter has no names of its own: they are those of its
 * configuration, so these are the names to give there.
 */
import type { Mapping, MappingRow } from '../mapping.ts';

const cdu = (name: string, signal: string, scale = 1): MappingRow => ({
  ...{ metrics: [`cdu_${name}`], signal, entity: 'cdu', scale },
});

const M3_PER_S_OF_L_PER_MIN = 1e-3 / 60;

export const modbusCdu: Mapping = {
  id: 'modbus-cdu',
  title: 'CDUs by modbus_exporter',
  checkedAgainst: 'the configuration that goes with it; no page',
  rows: [
    cdu('supply_temperature_celsius', 'supplyTempC'),
    cdu('return_temperature_celsius', 'returnTempC'),
    cdu('flow_liters_per_minute', 'coolantFlowM3PerS', M3_PER_S_OF_L_PER_MIN),
    cdu('pressure_kilopascals', 'coolantPressurePa', 1000),
    cdu('heat_kilowatts', 'heatRemovedW', 1000),
    { ...cdu('leak_detected', 'leakFlag'), values: { '0': 0, else: 1 } },
  ],
  ignore: [/^modbus_/],
};
