/** ipmi_exporter's page of one BMC, sensors named as a GPU server's BMC names them. */

import { F } from '../figures.ts';
import { hasSupply } from '../physics/power-chain.ts';
import {
  bmcPowerW,
  cpuTempC,
  exhaustTempC,
  fanCount,
  fanRpm,
  inletTempC,
  mainsVoltageV,
  psuInputW,
  psuOutputW,
} from '../readings.ts';
import type { Simulation } from '../simulation.ts';
import { createTemplate, type Labels, type Template } from './exposition.ts';

type Page = Template<[Simulation, number]>;
type Value = (simulation: Simulation, host: number) => number;

export const BMC_FIRMWARE = '24.01.05';

interface IpmiPages {
  render(host: number): string;
}

export function createIpmiPages(simulation: Simulation): IpmiPages {
  const pages = new Map<string, Page>();
  const noAnswer = unreachablePage();
  return {
    render(host) {
      const { layout, state } = simulation;
      if (!hasSupply(layout, state, host)) return noAnswer.render(simulation, host);
      const psus = layout.psuStart[host + 1] - layout.psuStart[host];
      const fans = fanCount(simulation, host);
      let page = pages.get(`${psus} ${fans}`);
      if (!page) {
        page = ipmiPage(psus, fans);
        pages.set(`${psus} ${fans}`, page);
      }
      return page.render(simulation, host);
    },
  };
}

interface Sensor {
  readonly id: number;
  readonly name: string;
  readonly value: Value;
  /** 0 nominal, 1 warning, 2 critical. */
  readonly state?: Value;
}

const ANSWER_S = 0.42;
/** What an ipmi_exporter waits for a BMC that does not answer. */
const GIVE_UP_S = 10;

/** Of a BMC without power the exporter still says that it asked. */
function unreachablePage(): Page {
  const page: Page = createTemplate();
  addUp(page, 0, () => GIVE_UP_S);
  return page;
}

function addUp(page: Page, up: 0 | 1, durationS: Value): void {
  page.family(
    ['ipmi_up', 'gauge', "'1' if a scrape of the IPMI device was successful."],
    ['bmc', 'chassis', 'dcmi', 'ipmi', 'sel'].map(collector => [{ collector }, () => up]),
  );
  page.family(
    ['ipmi_scrape_duration_seconds', 'gauge', 'Returns how long the scrape took.'],
    [[{}, durationS]],
  );
}

function ipmiPage(psus: number, fans: number): Page {
  const page: Page = createTemplate();
  const one = (name: string, help: string, value: Value, labels: Labels = {}) =>
    page.family([name, 'gauge', help], [[labels, value]]);
  addUp(page, 1, (s, h) => ANSWER_S + s.state.host.bmcDelayS[h]);
  one('ipmi_bmc_info', "Constant metric with value '1' providing details about the BMC.", () => 1, {
    ...{ firmware_revision: BMC_FIRMWARE, manufacturer_id: 'NVIDIA (5703)' },
    system_firmware_version: '1.6.7',
  });
  one(
    'ipmi_chassis_power_state',
    'Current power state (1=on, 0=off).',
    (s, h) => s.state.host.poweredOn[h],
  );
  one(
    'ipmi_dcmi_power_consumption_current_watts',
    'Current power consumption in Watts.',
    bmcPowerW,
  );
  one(
    'ipmi_sel_entries_count',
    'Current number of log entries in the SEL.',
    (s, h) => s.state.sel[h].length,
  );
  one(
    'ipmi_sel_free_space_bytes',
    'Current free space remaining for new SEL entries.',
    (s, h) => 16 * (512 - s.state.sel[h].length),
  );
  addSensors(page, ['temperature', 'celsius', 'degree Celsius'], temperatures());
  addSensors(page, ['fan_speed', 'rpm', 'rotations per minute'], tachometers(fans));
  addSensors(page, ['voltage', 'volts', 'Volts'], voltages(psus));
  addSensors(page, ['power', 'watts', 'Watts'], powers(psus));
  addPsuStates(page, psus);
  return page;
}

type Family = readonly [what: string, suffix: string, unit: string];

function addSensors(page: Page, [what, suffix, unit]: Family, sensors: readonly Sensor[]): void {
  const labels = ({ id, name }: Sensor) => ({ id, name });
  const family = (end: string, help: string, value: (sensor: Sensor) => Value) =>
    page.family(
      [`ipmi_${what}_${end}`, 'gauge', help],
      sensors.map(sensor => [labels(sensor), value(sensor)]),
    );
  const words = what.replace('_', ' ');
  family(suffix, `${words} reading in ${unit}.`, sensor => sensor.value);
  family(
    'state',
    `Reported state of a ${words} sensor (0=nominal, 1=warning, 2=critical).`,
    sensor => sensor.state ?? (() => 0),
  );
}

const temperatures = (): Sensor[] => [
  { id: 1, name: 'Inlet Temp', value: inletTempC, state: warnAbove(inletTempC, 35, 40) },
  { id: 2, name: 'Exhaust Temp', value: exhaustTempC, state: warnAbove(exhaustTempC, 65, 70) },
  { id: 3, name: 'CPU1 Temp', value: cpuTempC, state: warnAbove(cpuTempC, 90, 95) },
  { id: 4, name: 'CPU2 Temp', value: cpuTempC, state: warnAbove(cpuTempC, 90, 95) },
  { id: 5, name: 'DIMM Temp', value: (s, h) => Math.round(inletTempC(s, h) + 14) },
];

const warnAbove =
  (reading: Value, warnC: number, criticalC: number): Value =>
  (s, h) => {
    const tempC = reading(s, h);
    if (Number.isNaN(tempC)) return Number.NaN;
    return tempC >= criticalC ? 2 : tempC >= warnC ? 1 : 0;
  };

const tachometers = (fans: number): Sensor[] =>
  Array.from({ length: fans }, (_, fan) => ({
    ...{ id: 20 + fan, name: `FAN${fan + 1}` },
    value: (s: Simulation, h: number) => fanRpm(s, h, fan),
  }));

const psuAt = (s: Simulation, host: number, psu: number) => s.layout.psuStart[host] + psu;

const voltages = (psus: number): Sensor[] => [
  { id: 40, name: '12V', value: () => F.railVoltageV },
  ...Array.from({ length: psus }, (_, psu) => ({
    ...{ id: 41 + psu, name: `PSU${psu + 1} VIN` },
    value: (s: Simulation, h: number) =>
      Math.round(mainsVoltageV(s, s.state.psu.pdu[psuAt(s, h, psu)])),
  })),
];

const powers = (psus: number): Sensor[] => [
  { id: 60, name: 'Total Power', value: bmcPowerW },
  ...Array.from({ length: psus }, (_, psu) => ({
    ...{ id: 61 + psu, name: `PSU${psu + 1} PIN` },
    value: (s: Simulation, h: number) => psuInputW(s, psuAt(s, h, psu)),
  })),
  ...Array.from({ length: psus }, (_, psu) => ({
    ...{ id: 81 + psu, name: `PSU${psu + 1} POUT` },
    value: (s: Simulation, h: number) => psuOutputW(s, psuAt(s, h, psu)),
  })),
];

function addPsuStates(page: Page, psus: number): void {
  const labels = (psu: number) => ({
    ...{ id: 101 + psu, name: `PSU${psu + 1} Status`, type: 'Power Supply' },
  });
  const each = (value: (psu: number) => Value) =>
    Array.from({ length: psus }, (_, psu) => [labels(psu), value(psu)] as const);
  page.family(
    [
      'ipmi_sensor_state',
      'gauge',
      'Indicates the severity of the state reported by an IPMI sensor.',
    ],
    each(psu => (s, h) => (psuWorks(s, psuAt(s, h, psu)) ? 0 : 2)),
  );
  page.family(
    ['ipmi_sensor_value', 'gauge', 'Generic data read from an IPMI sensor of unknown type.'],
    each(() => () => Number.NaN),
  );
}

/** A supply is healthy when it works and has input. */
export const psuWorks = ({ state }: Simulation, psu: number) =>
  state.psu.ok[psu] === 1 && state.pdu.live[state.psu.pdu[psu]] === 1;
