/**
 * CDU page as modbus_exporter gives it: that exporter's metric names are whatever its configuration
 * says, so these are plain quantity-unit names.
 */
import type { Simulation } from '../simulation.ts';
import { createTemplate, type Template } from './exposition.ts';

type Page = Template<[Simulation, number]>;

const page: Page = createTemplate();
const row = (name: string, help: string, value: (s: Simulation, cdu: number) => number) =>
  page.family([`cdu_${name}`, 'gauge', help], [[{}, value]]);
const tenths = (value: number) => Math.round(10 * value) / 10;

row('supply_temperature_celsius', 'Loop supply.', ({ state }, c) =>
  tenths(state.cdu.supplyTempC[c]),
);
row('return_temperature_celsius', 'Loop return.', ({ state }, c) =>
  tenths(state.cdu.returnTempC[c]),
);
row('flow_liters_per_minute', 'Loop flow.', ({ state }, c) => tenths(60 * state.cdu.flowLPerS[c]));
row('pressure_kilopascals', 'Loop differential pressure.', () => 180);
row('heat_kilowatts', 'Heat taken out.', ({ state }, c) => tenths(state.cdu.heatW[c] / 1000));
row('leak_detected', 'Leak rope: 1 when wet.', () => 0);

export const renderCdu = (simulation: Simulation, cdu: number) => page.render(simulation, cdu);
