/** A small invented Redfish tree: one server with everything that the source reads. */
import type { Body, Tree } from './redfish-tree-server.ts';

const V1 = '/redfish/v1';
const CHASSIS = `${V1}/Chassis/Box`;
const SYSTEM = `${V1}/Systems/Main`;
const OK = { State: 'Enabled', Health: 'OK' };

const link = (uri: string) => ({ '@odata.id': uri });
const type = (name: string) => `#${name}.v1_0_0.${name}`;

const EVENT_STREAM = `${V1}/EventService/Stream`;
export const SMALL = {
  root: V1,
  chassis: CHASSIS,
  system: SYSTEM,
  log: `${SYSTEM}/LogServices/SEL`,
};

export function smallTree(): Tree {
  const tree: Tree = new Map();
  const put = (uri: string, name: string, body: Body) =>
    void tree.set(uri, { '@odata.id': uri, '@odata.type': type(name), Id: idOf(uri), ...body });
  const collect = (uri: string, name: string, members: readonly string[]) =>
    put(uri, `${name}Collection`, {
      Members: members.map(member => link(`${uri}/${member}`)),
      'Members@odata.count': members.length,
    });
  skeleton(put, collect);
  power(put, collect);
  heat(put, collect);
  parts(put, collect);
  services(put, collect);
  return tree;
}

const idOf = (uri: string) => uri.split('/').at(-1) ?? '';
type Put = (uri: string, name: string, body: Body) => void;
type Collect = (uri: string, name: string, members: readonly string[]) => void;

function skeleton(put: Put, collect: Collect): void {
  put(V1, 'ServiceRoot', {
    ...{ Systems: link(`${V1}/Systems`), Chassis: link(`${V1}/Chassis`) },
    ...{ Managers: link(`${V1}/Managers`), EventService: link(`${V1}/EventService`) },
    ...{ TelemetryService: link(`${V1}/TelemetryService`) },
    UpdateService: link(`${V1}/UpdateService`),
    Links: { Sessions: link(`${V1}/SessionService/Sessions`) },
    ProtocolFeaturesSupported: { ExpandQuery: { NoLinks: true, Levels: true, MaxLevels: 2 } },
  });
  collect(`${V1}/Systems`, 'ComputerSystem', ['Main']);
  collect(`${V1}/Chassis`, 'Chassis', ['Box']);
  collect(`${V1}/Managers`, 'Manager', ['Bmc']);
  put(SYSTEM, 'ComputerSystem', {
    ...{ PowerState: 'On', BiosVersion: '2.4', Model: 'GX-8', Status: OK, SystemType: 'Physical' },
    ...{ Processors: link(`${SYSTEM}/Processors`), Bios: link(`${SYSTEM}/Bios`) },
    LogServices: link(`${SYSTEM}/LogServices`),
  });
  put(CHASSIS, 'Chassis', {
    ...{ ChassisType: 'RackMount', Status: OK, PhysicalSecurity: { IntrusionSensor: 'Normal' } },
    ...{ Sensors: link(`${CHASSIS}/Sensors`), PowerSubsystem: link(`${CHASSIS}/PowerSubsystem`) },
    ThermalSubsystem: link(`${CHASSIS}/ThermalSubsystem`),
  });
  put(`${V1}/Managers/Bmc`, 'Manager', { ManagerType: 'BMC', FirmwareVersion: '1.9', Status: OK });
  put(`${SYSTEM}/Bios`, 'Bios', { Attributes: { Turbo: 'Enabled', Numa: 4 } });
}

function power(put: Put, collect: Collect): void {
  const supplies = `${CHASSIS}/PowerSubsystem/PowerSupplies`;
  put(`${CHASSIS}/PowerSubsystem`, 'PowerSubsystem', {
    PowerSupplies: link(supplies),
    PowerSupplyRedundancy: [{ Status: OK }],
    Status: OK,
  });
  collect(supplies, 'PowerSupply', ['PSU1', 'PSU2']);
  for (const [index, name] of ['PSU1', 'PSU2'].entries()) {
    const uri = `${supplies}/${name}`;
    put(uri, 'PowerSupply', {
      ...{ Name: name, Status: OK, PowerCapacityWatts: 3000, Metrics: link(`${uri}/Metrics`) },
    });
    put(`${uri}/Metrics`, 'PowerSupplyMetrics', {
      InputPowerWatts: { Reading: 1000 + index * 10 },
      OutputPowerWatts: { Reading: 940 + index * 10 },
      InputVoltage: { Reading: 230 },
    });
  }
}

function heat(put: Put, collect: Collect): void {
  const fans = `${CHASSIS}/ThermalSubsystem/Fans`;
  const leaks = `${CHASSIS}/ThermalSubsystem/LeakDetection`;
  const sensors = `${CHASSIS}/Sensors`;
  put(`${CHASSIS}/ThermalSubsystem`, 'ThermalSubsystem', {
    ...{ Fans: link(fans), LeakDetection: link(leaks), Status: OK },
  });
  collect(fans, 'Fan', ['Fan1', 'Fan2']);
  for (const [index, name] of ['Fan1', 'Fan2'].entries())
    put(`${fans}/${name}`, 'Fan', {
      ...{ Name: name, Status: OK, SpeedPercent: { Reading: 50, SpeedRPM: 6000 + index * 100 } },
    });
  put(leaks, 'LeakDetection', { LeakDetectors: link(`${leaks}/LeakDetectors`) });
  collect(`${leaks}/LeakDetectors`, 'LeakDetector', ['Tray']);
  put(`${leaks}/LeakDetectors/Tray`, 'LeakDetector', { DetectorState: 'OK', Status: OK });
  const celsius = { ReadingType: 'Temperature', ReadingUnits: 'Cel', Status: OK };
  collect(sensors, 'Sensor', ['Inlet', 'Cpu1', 'Total', 'Humidity']);
  put(`${sensors}/Inlet`, 'Sensor', {
    ...{ Name: 'Inlet Temp', PhysicalContext: 'Intake', Reading: 23.5, ...celsius },
  });
  put(`${sensors}/Cpu1`, 'Sensor', {
    ...{ Name: 'CPU1 Temp', PhysicalContext: 'CPU', Reading: 61, ...celsius },
  });
  put(`${sensors}/Total`, 'Sensor', {
    ...{ Name: 'Total Power', PhysicalContext: 'Chassis', Reading: 2010, Status: OK },
    ...{ ReadingType: 'Power', ReadingUnits: 'W' },
  });
  put(`${sensors}/Humidity`, 'Sensor', {
    ...{ Name: 'Inlet Humidity', Reading: 50, Status: OK },
    ...{ ReadingType: 'Humidity', ReadingUnits: '%' },
  });
}

function parts(put: Put, collect: Collect): void {
  const processors = `${SYSTEM}/Processors`;
  collect(processors, 'Processor', ['CPU_0', 'GPU_0', 'GPU_1']);
  put(`${processors}/CPU_0`, 'Processor', { ProcessorType: 'CPU', Status: OK });
  for (const name of ['GPU_0', 'GPU_1']) {
    const uri = `${processors}/${name}`;
    put(uri, 'Processor', {
      ...{ ProcessorType: 'GPU', Model: 'G100', Status: OK },
      EnvironmentMetrics: link(`${uri}/EnvironmentMetrics`),
    });
    put(`${uri}/EnvironmentMetrics`, 'EnvironmentMetrics', {
      PowerWatts: { Reading: name === 'GPU_0' ? 400 : 410 },
      TemperatureCelsius: { Reading: name === 'GPU_0' ? 55 : 56 },
    });
  }
}

function services(put: Put, collect: Collect): void {
  put(`${V1}/EventService`, 'EventService', {
    ...{ ServiceEnabled: true, ServerSentEventUri: EVENT_STREAM },
  });
  put(`${V1}/TelemetryService`, 'TelemetryService', {
    MetricReports: link(`${V1}/TelemetryService/MetricReports`),
  });
  collect(`${V1}/TelemetryService/MetricReports`, 'MetricReport', []);
  put(`${V1}/UpdateService`, 'UpdateService', {
    FirmwareInventory: link(`${V1}/UpdateService/FirmwareInventory`),
  });
  collect(`${V1}/UpdateService/FirmwareInventory`, 'SoftwareInventory', ['NIC']);
  put(`${V1}/UpdateService/FirmwareInventory/NIC`, 'SoftwareInventory', {
    ...{ Name: 'NIC firmware', Version: '28.1' },
  });
  collect(`${SYSTEM}/LogServices`, 'LogService', ['SEL']);
  put(SMALL.log, 'LogService', { Entries: link(`${SMALL.log}/Entries`) });
  put(`${SMALL.log}/Entries`, 'LogEntryCollection', { Members: [] });
}

/** An entry as logs list it, spelled out. */
export const logEntry = (id: number, message: string, created: string): Body => ({
  ...{ '@odata.id': `${SMALL.log}/Entries/${id}`, '@odata.type': type('LogEntry') },
  ...{ Id: String(id), Message: message, Created: created, Severity: 'Critical' },
});
