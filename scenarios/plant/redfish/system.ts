/** Systems, Managers and UpdateService branches, with the system event log. */
import { BMC_FIRMWARE } from '../pages/ipmi.ts';
import { RESET_TYPES } from '../power-control.ts';
import type { Simulation } from '../simulation.ts';
import { simulatedMs } from '../simulation.ts';
import { isPresent, type SelEntry } from '../state.ts';
import { chassisHealth, powerState, type Routes, serialOf } from './chassis.ts';
import { collection, link, type Resource, ROOT, resource, status } from './resource.ts';
import { range, sensorsOf } from './sensors.ts';

export const SYSTEM = `${ROOT}/Systems/1`;
export const SEL = `${SYSTEM}/LogServices/SEL`;
const BMC = `${ROOT}/Managers/BMC`;
const FIRMWARE = `${ROOT}/UpdateService/FirmwareInventory`;
const BIOS_VERSION = '1.6.7';

const rfc3339 = (ms: number) => new Date(ms).toISOString();

export function addSystem(routes: Routes, s: Simulation, host: number): void {
  const site = s.layout.site.hosts[host];
  const sensors = sensorsOf(s, host);
  routes.set(`${ROOT}/Systems`, () => collection(`${ROOT}/Systems`, 'ComputerSystem', [SYSTEM]));
  routes.set(SYSTEM, () =>
    resource(SYSTEM, 'ComputerSystem.v1_20_0', 'System', {
      ...{ SystemType: 'Physical', Manufacturer: 'NVIDIA', Model: site.class },
      ...{ SerialNumber: serialOf(s, host), HostName: site.nodeName ?? site.id },
      ...{ PowerState: powerState(s, host), BiosVersion: BIOS_VERSION },
      Status: status(chassisHealth(s, host, sensors)),
      ProcessorSummary: { Count: 2, Status: status('OK') },
      MemorySummary: { TotalSystemMemoryGiB: 2048, Status: status('OK') },
      ...{ Bios: link(`${SYSTEM}/Bios`), LogServices: link(`${SYSTEM}/LogServices`) },
      Processors: link(`${SYSTEM}/Processors`),
      Links: { Chassis: [link(`${ROOT}/Chassis/1`)], ManagedBy: [link(BMC)] },
      Actions: {
        '#ComputerSystem.Reset': {
          target: `${SYSTEM}/Actions/ComputerSystem.Reset`,
          'ResetType@Redfish.AllowableValues': [...RESET_TYPES],
        },
      },
    }),
  );
  routes.set(`${SYSTEM}/Bios`, () =>
    resource(`${SYSTEM}/Bios`, 'Bios.v1_2_0', 'BIOS settings', {
      Attributes: {
        ProcHyperthreading: 'Enabled',
        SystemProfile: 'PerfOptimized',
        SriovGlobalEnable: 'Enabled',
      },
    }),
  );
  addProcessors(routes, s, host);
  addLog(routes, s, host);
}

function addProcessors(routes: Routes, s: Simulation, host: number): void {
  const { layout, state } = s;
  const base = `${SYSTEM}/Processors`;
  const gpus = range(layout.gpuStart[host], layout.gpuStart[host + 1]);
  const cpuPaths = [1, 2].map(cpu => `${base}/CPU${cpu}`);
  const gpuPaths = gpus.map((_, slot) => `${base}/GPU${slot + 1}`);
  routes.set(base, () => collection(base, 'Processor', [...cpuPaths, ...gpuPaths]));
  for (const path of cpuPaths) {
    routes.set(path, () =>
      resource(path, 'Processor.v1_18_0', 'CPU', {
        ...{ ProcessorType: 'CPU', TotalCores: 56, TotalThreads: 112, Status: status('OK') },
      }),
    );
  }
  gpus.forEach((gpu, slot) => {
    routes.set(gpuPaths[slot], () =>
      resource(gpuPaths[slot], 'Processor.v1_18_0', `GPU ${slot + 1}`, {
        ...{ ProcessorType: 'GPU', Model: layout.gpuFigures[host]!.modelName },
        ...{ UUID: layout.uuids[gpu].slice(4), Manufacturer: 'NVIDIA' },
        SystemInterface: {
          InterfaceType: 'PCIe',
          PCIe: {
            ...{ MaxLanes: 16, LanesInUse: state.gpu.pcieWidth[gpu] },
            ...{ MaxPCIeType: 'Gen5', PCIeType: 'Gen5' },
          },
        },
        Status: isPresent(state, gpu) ? status('OK') : status('Critical', 'UnavailableOffline'),
      }),
    );
  });
}

function addLog(routes: Routes, s: Simulation, host: number): void {
  const services = `${SYSTEM}/LogServices`;
  routes.set(services, () => collection(services, 'LogService', [SEL]));
  routes.set(SEL, () =>
    resource(SEL, 'LogService.v1_5_0', 'System Event Log', {
      ...{ LogEntryType: 'SEL', MaxNumberOfRecords: 512, OverWritePolicy: 'WrapsWhenFull' },
      ...{ DateTime: rfc3339(simulatedMs(s)), DateTimeLocalOffset: '+00:00' },
      ...{ Entries: link(`${SEL}/Entries`), Status: status('OK') },
    }),
  );
  routes.set(`${SEL}/Entries`, () => ({
    ...collection(`${SEL}/Entries`, 'LogEntry', []),
    'Members@odata.count': s.state.sel[host].length,
    Members: s.state.sel[host].map(entry => logEntry(s, entry)),
  }));
}

export function logEntry(s: Simulation, entry: SelEntry): Resource {
  return resource(`${SEL}/Entries/${entry.id}`, 'LogEntry.v1_15_0', `Log Entry ${entry.id}`, {
    ...{ EntryType: 'SEL', EntryCode: 'Assert', Severity: entry.severity },
    ...{ SensorType: entry.sensorType, Message: entry.message },
    Created: rfc3339(s.startMs + entry.atS * 1000),
  });
}

export function addBmc(routes: Routes, s: Simulation, host: number): void {
  routes.set(`${ROOT}/Managers`, () => collection(`${ROOT}/Managers`, 'Manager', [BMC]));
  routes.set(BMC, () =>
    resource(BMC, 'Manager.v1_19_0', 'BMC', {
      ...{ ManagerType: 'BMC', FirmwareVersion: BMC_FIRMWARE, Status: status('OK') },
      DateTime: rfc3339(simulatedMs(s)),
      DateTimeLocalOffset: '+00:00',
      Links: {
        ManagerForServers: [link(SYSTEM)],
        ManagerForChassis: [link(`${ROOT}/Chassis/1`)],
      },
    }),
  );
  routes.set(`${ROOT}/UpdateService`, () =>
    resource(`${ROOT}/UpdateService`, 'UpdateService.v1_14_0', 'Update Service', {
      ...{ ServiceEnabled: true, FirmwareInventory: link(FIRMWARE) },
    }),
  );
  const versions = { BIOS: BIOS_VERSION, BMC: BMC_FIRMWARE };
  const paths = Object.keys(versions).map(name => `${FIRMWARE}/${name}`);
  routes.set(FIRMWARE, () => collection(FIRMWARE, 'SoftwareInventory', paths));
  for (const [name, version] of Object.entries(versions)) {
    routes.set(`${FIRMWARE}/${name}`, () =>
      resource(`${FIRMWARE}/${name}`, 'SoftwareInventory.v1_10_0', name, {
        ...{ Version: version, Updateable: true, Status: status('OK') },
      }),
    );
  }
  routes.set(ROOT, () =>
    resource(ROOT, 'ServiceRoot.v1_16_0', 'Root Service', {
      ...{ RedfishVersion: '1.18.0', Product: 'Plant BMC', Vendor: 'NVIDIA' },
      UUID: s.layout.uuids[s.layout.gpuStart[host]]?.slice(4) ?? serialOf(s, host),
      ProtocolFeaturesSupported: {
        ...{
          ExpandQuery: {
            ExpandAll: false,
            Levels: true,
            Links: false,
            NoLinks: true,
            MaxLevels: 1,
          },
        },
        ...{ FilterQuery: false, SelectQuery: false },
      },
      ...{ Systems: link(`${ROOT}/Systems`), Chassis: link(`${ROOT}/Chassis`) },
      ...{ Managers: link(`${ROOT}/Managers`), UpdateService: link(`${ROOT}/UpdateService`) },
      SessionService: link(`${ROOT}/SessionService`),
      Links: { Sessions: link(`${ROOT}/SessionService/Sessions`) },
    }),
  );
}
