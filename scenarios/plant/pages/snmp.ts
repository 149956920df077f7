/**
 * snmp_exporter pages: PDUs and UPSs by PowerNet-MIB, CRAHs as APC in-row units, TORs by IF-MIB.
 * Values keep the units of the MIBs (tenths of amperes, hundredths of kilowatts, time ticks).
 */
import { F } from '../figures.ts';
import { mainsVoltageV, outletPowerW } from '../readings.ts';
import type { Simulation } from '../simulation.ts';
import { createTemplate, type FamilyType, type Labels, type Template } from './exposition.ts';

type Page = Template<[Simulation, number]>;
type Value = (simulation: Simulation, index: number) => number;

interface SnmpPages {
  /** Page of whatever is at this address: undefined when nothing is, null when it is without power. */
  render(address: string): string | undefined | null;
}

interface Agent {
  readonly page: Page;
  readonly index: number;
  readonly isDark?: () => boolean;
}

export function createSnmpPages(simulation: Simulation): SnmpPages {
  const { layout, state } = simulation;
  const { site } = layout;
  const agents = new Map<string, Agent>();
  const address = (entity: { id: string; address?: string }) => entity.address ?? entity.id;
  site.pdus.forEach((pdu, index) => {
    // its controller hangs before its breaker, but behind the UPS
    const ups = layout.pduUps[index];
    const isDark = () => ups >= 0 && state.ups.hasOutput[ups] === 0;
    agents.set(address(pdu), { page: pduPage(simulation, index), index, isDark });
  });
  const ups = upsPage();
  const crah = crahPage();
  site.upses.forEach((entity, index) => {
    agents.set(address(entity), { page: ups, index });
  });
  site.crahs.forEach((entity, index) => {
    agents.set(address(entity), { page: crah, index });
  });
  site.tors?.forEach((entity, index) => {
    agents.set(address(entity), { page: torPage(simulation, index), index });
  });
  return {
    render(target) {
      const agent = agents.get(target);
      return agent?.isDark?.() ? null : agent?.page.render(simulation, agent.index);
    },
  };
}

const one = (page: Page, name: string, help: string, labels: Labels, value: Value) =>
  page.family([name, 'gauge' satisfies FamilyType, help], [[labels, value]]);

/** Real PSU behind each outlet now, or -1: cords may not be where the documents say. */
function psuAtOutlet({ layout, state }: Simulation, pdu: number, outlet: number): number {
  const candidates = psusOfRack(layout, layout.pduRack[pdu]);
  for (const psu of candidates) {
    if (state.psu.pdu[psu] === pdu && state.psu.outlet[psu] === outlet) return psu;
  }
  return -1;
}

const rackPsus = new WeakMap<object, (readonly number[])[]>();
function psusOfRack(layout: Simulation['layout'], rack: number): readonly number[] {
  let known = rackPsus.get(layout);
  if (!known) {
    known = layout.rackHosts.map(hosts =>
      hosts.flatMap(host => {
        const first = layout.psuStart[host];
        return Array.from({ length: layout.psuStart[host + 1] - first }, (_, psu) => first + psu);
      }),
    );
    rackPsus.set(layout, known);
  }
  return known[rack];
}

function outletW(simulation: Simulation, pdu: number, outlet: number): number {
  const psu = psuAtOutlet(simulation, pdu, outlet);
  return psu < 0 ? 0 : outletPowerW(simulation, psu);
}

/** Inlet power, W: what flows in, measured with the accuracy of the outlets. */
const inletW: Value = ({ state }, pdu) => state.pdu.live[pdu] * state.pdu.powerW[pdu];

function pduPage({ layout }: Simulation, index: number): Page {
  const page: Page = createTemplate();
  const id = { rPDU2DeviceStatusIndex: 1 };
  const phases = [1, 2, 3].map(phase => ({ rPDU2PhaseStatusIndex: phase }));
  one(page, 'sysUpTime', 'The time (in hundredths of a second) since start.', {}, s =>
    Math.round(100 * (s.state.nowS + 5e6)),
  );
  one(page, 'rPDU2DeviceStatusPower', 'Power of the load in hundredths of kilowatts.', id, (s, p) =>
    Math.round(inletW(s, p) / 10),
  );
  one(page, 'rPDU2DeviceStatusEnergy', 'Energy in tenths of kilowatt-hours.', id, (s, p) =>
    Math.floor(s.state.pdu.energyJ[p] / 3.6e5),
  );
  one(page, 'rPDU2DeviceStatusLoadState', 'Load state: 2 normal, 4 overload.', id, () => 2);
  const phase = (name: string, help: string, value: Value) =>
    page.family(
      [`rPDU2PhaseStatus${name}`, 'gauge', help],
      phases.map(labels => [labels, value]),
    );
  phase('Current', 'Phase current in tenths of amperes.', (s, p) => {
    const voltage = mainsVoltageV(s, p);
    return voltage === 0 ? 0 : Math.round((10 * inletW(s, p)) / 3 / (F.powerFactor * voltage));
  });
  phase('Voltage', 'Phase voltage in volts.', (s, p) => Math.round(mainsVoltageV(s, p)));
  phase('Power', 'Phase power in hundredths of kilowatts.', (s, p) =>
    Math.round(inletW(s, p) / 30),
  );
  const probe = { rPDU2SensorTempHumidityStatusIndex: 1 };
  const sensor = (name: string, help: string, value: Value) =>
    one(page, `rPDU2SensorTempHumidityStatus${name}`, help, probe, value);
  sensor('TempC', 'Cold-aisle probe in tenths of degrees Celsius.', (s, p) =>
    Math.round(10 * s.state.rack.inletTempC[s.layout.pduRack[p]]),
  );
  sensor('RelativeHumidity', 'Relative humidity in percent.', () => 46);
  const outlets = Array.from({ length: layout.pduOutlets[index] }, (_, at) => at + 1);
  const labels = (outlet: number) => ({
    rPDU2OutletMeteredStatusIndex: outlet,
    rPDU2OutletMeteredStatusName: `Outlet ${outlet}`,
  });
  page.family(
    ['rPDU2OutletMeteredStatusPower', 'gauge', 'Power of the outlet in watts.'],
    outlets.map(outlet => [labels(outlet), (s, p) => outletW(s, p, outlet)]),
  );
  page.family(
    ['rPDU2OutletMeteredStatusCurrent', 'gauge', 'Outlet current in tenths of amperes.'],
    outlets.map(outlet => [
      labels(outlet),
      (s, p) => {
        const voltage = mainsVoltageV(s, p);
        return voltage === 0
          ? 0
          : Math.round((10 * outletW(s, p, outlet)) / (F.powerFactor * voltage));
      },
    ]),
  );
  return page;
}

function upsPage(): Page {
  const page: Page = createTemplate();
  const row = (name: string, help: string, value: Value) => one(page, name, help, {}, value);
  const load: Value = ({ state }, u) => state.ups.outputW[u] / state.ups.ratedW[u];
  row('upsBasicBatteryStatus', 'Battery: 2 normal, 3 low.', ({ state }, u) =>
    state.ups.chargeRatio[u] < 0.2 ? 3 : 2,
  );
  row('upsBasicOutputStatus', 'Output: 2 on line, 3 on battery, 7 off.', ({ state }, u) =>
    state.ups.hasOutput[u] === 0 ? 7 : state.ups.onBattery[u] ? 3 : 2,
  );
  row('upsAdvBatteryCapacity', 'Remaining capacity in percent.', ({ state }, u) =>
    Math.round(100 * state.ups.chargeRatio[u]),
  );
  row('upsAdvBatteryTemperature', 'Battery temperature in degrees Celsius.', () => 24);
  row('upsAdvBatteryRunTimeRemaining', 'Run time left in time ticks (1/100 s).', (s, u) => {
    const fullS = F.batteryRuntimeFullLoadS * s.state.ups.chargeRatio[u];
    return Math.round((100 * fullS) / Math.max(0.05, load(s, u)));
  });
  row('upsAdvBatteryReplaceIndicator', '1 no replacement needed, 2 replace.', () => 1);
  row('upsAdvInputLineVoltage', 'Input voltage in volts.', ({ state }, u) =>
    state.ups.onBattery[u] ? 0 : F.mainsVoltageV,
  );
  row(
    'upsAdvOutputVoltage',
    'Output voltage in volts.',
    ({ state }, u) => F.mainsVoltageV * state.ups.hasOutput[u],
  );
  row('upsAdvOutputLoad', 'Load in percent of rated capacity.', (s, u) =>
    Math.round(100 * load(s, u)),
  );
  row('upsAdvOutputActivePower', 'Output active power in watts.', ({ state }, u) =>
    Math.round(state.ups.outputW[u]),
  );
  return page;
}

function crahPage(): Page {
  const page: Page = createTemplate();
  const row = (name: string, help: string, value: Value) =>
    one(page, `airIRRCUnitStatus${name}`, help, {}, value);
  row('SupplyAirTempMetric', 'Supply air in tenths of degrees Celsius.', ({ state }, c) =>
    Math.round(10 * state.crah.supplyTempC[c]),
  );
  row('ReturnAirTempMetric', 'Return air in tenths of degrees Celsius.', ({ state }, c) =>
    Math.round(10 * state.crah.returnTempC[c]),
  );
  row('CoolOutput', 'Cooling output in tenths of kilowatts.', ({ state }, c) =>
    Math.round(state.crah.heatW[c] / 100),
  );
  row('FanSpeed', 'Fan speed in tenths of percent.', ({ state }, c) =>
    Math.round(1000 * state.crah.fanRatio[c]),
  );
  row('AirFlowMetric', 'Air flow in litres a second.', ({ state }, c) =>
    Math.round(1000 * state.crah.airflowM3PerS[c]),
  );
  return page;
}

/** A ring through four hosts leaves the rack on one hop of four; spread over the uplinks. */
const UPLINKS = [1, 2, 3, 4];
const LEAVING_RATIO = 0.25;

/** A port of a TOR: its labels, and what it has received and sent, in octets. */
interface Port {
  readonly labels: Labels;
  readonly received: (s: Simulation) => number;
  readonly sent: (s: Simulation) => number;
  readonly isUp: (s: Simulation) => boolean;
}

/** What a host sends, its port receives. */
const downlinks = ({ layout }: Simulation, hosts: readonly number[]): Port[] =>
  hosts.map((host, i) => ({
    labels: portLabels(1 + i, `downlink ${1 + i}`, layout.site.hosts[host].id),
    received: s => s.state.host.portInBytes[host],
    sent: s => s.state.host.portOutBytes[host],
    isUp: s => s.state.host.poweredOn[host] === 1,
  }));

/** What leaves the rack, and as much of what comes in. */
const uplinks = (hosts: readonly number[]): Port[] =>
  UPLINKS.map(port => {
    const part = (column: Float64Array) =>
      (LEAVING_RATIO / UPLINKS.length) * hosts.reduce((sum, host) => sum + column[host], 0);
    return {
      labels: portLabels(100 + port, `uplink ${port}`, `spine-${port}`),
      received: s => part(s.state.host.portOutBytes),
      sent: s => part(s.state.host.portInBytes),
      isUp: () => true,
    };
  });

const portLabels = (ifIndex: number, ifDescr: string, ifAlias: string): Labels => ({
  ...{ ifIndex, ifName: `Ethernet${ifIndex}`, ifDescr, ifAlias },
});

function torPage(simulation: Simulation, tor: number): Page {
  const page: Page = createTemplate();
  const { layout } = simulation;
  const hosts = layout.rackHosts[layout.rackIndex.get(layout.site.tors![tor].rack)!];
  const ports = [...downlinks(simulation, hosts), ...uplinks(hosts)];
  const each = (name: string, type: FamilyType, help: string, value: (p: Port) => Value) =>
    page.family(
      [name, type, help],
      ports.map(port => [port.labels, value(port)]),
    );
  each(
    'ifHCInOctets',
    'counter',
    'Octets received on the interface.',
    port => s => Math.round(port.received(s)),
  );
  each(
    'ifHCOutOctets',
    'counter',
    'Octets sent on the interface.',
    port => s => Math.round(port.sent(s)),
  );
  each('ifInErrors', 'counter', 'Inbound packets with errors.', () => () => 0);
  each(
    'ifHighSpeed',
    'gauge',
    'Bandwidth in units of 1,000,000 bits a second.',
    () => () => 400_000,
  );
  each(
    'ifOperStatus',
    'gauge',
    'Operational state: 1 up, 2 down.',
    port => s => (port.isUp(s) ? 1 : 2),
  );
  return page;
}
