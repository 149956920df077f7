/** Chassis branch: Sensors, the legacy Thermal and Power, and the newer subsystems. */
import { F } from '../figures.ts';
import { psuWorks } from '../pages/ipmi.ts';
import { psuRatedW } from '../physics/host.ts';
import {
  bmcPowerW,
  fanCount,
  inletTempC,
  mainsVoltageV,
  psuInputW,
  psuOutputW,
} from '../readings.ts';
import type { Simulation } from '../simulation.ts';
import { collection, link, type Resource, ROOT, resource, status, worst } from './resource.ts';
import { type BmcSensor, range, sensorHealth, sensorsOf } from './sensors.ts';

export type Routes = Map<string, () => Resource>;

const CHASSIS = `${ROOT}/Chassis/1`;
const PSUS = `${CHASSIS}/PowerSubsystem/PowerSupplies`;
const FANS = `${CHASSIS}/ThermalSubsystem/Fans`;

export function addChassis(routes: Routes, s: Simulation, host: number): void {
  const sensors = sensorsOf(s, host);
  const site = s.layout.site.hosts[host];
  routes.set(`${ROOT}/Chassis`, () => collection(`${ROOT}/Chassis`, 'Chassis', [CHASSIS]));
  routes.set(CHASSIS, () =>
    resource(CHASSIS, 'Chassis.v1_23_0', 'Host chassis', {
      ...{ ChassisType: 'RackMount', Manufacturer: 'NVIDIA', Model: site.class },
      ...{ SerialNumber: serialOf(s, host), PowerState: powerState(s, host) },
      Status: status(chassisHealth(s, host, sensors)),
      ...{ Thermal: link(`${CHASSIS}/Thermal`), Power: link(`${CHASSIS}/Power`) },
      Sensors: link(`${CHASSIS}/Sensors`),
      ThermalSubsystem: link(`${CHASSIS}/ThermalSubsystem`),
      PowerSubsystem: link(`${CHASSIS}/PowerSubsystem`),
      EnvironmentMetrics: link(`${CHASSIS}/EnvironmentMetrics`),
      Links: {
        ComputerSystems: [link(`${ROOT}/Systems/1`)],
        ManagedBy: [link(`${ROOT}/Managers/BMC`)],
      },
    }),
  );
  addSensors(routes, sensors);
  routes.set(`${CHASSIS}/Thermal`, () => legacyThermal(sensors));
  routes.set(`${CHASSIS}/Power`, () => legacyPower(s, host));
  addThermalSubsystem(routes, s, host, sensors);
  addPowerSubsystem(routes, s, host);
}

export const serialOf = ({ layout }: Simulation, host: number) =>
  layout.site.hosts[host].serial ?? `SN-${layout.site.hosts[host].id}`;

export function powerState({ state }: Simulation, host: number): string {
  if (state.host.poweredOn[host] === 1) return 'On';
  return Number.isNaN(state.host.powerOnAtS[host]) ? 'Off' : 'PoweringOn';
}

const psusOf = ({ layout }: Simulation, host: number) =>
  range(layout.psuStart[host], layout.psuStart[host + 1]);

export const chassisHealth = (s: Simulation, host: number, sensors: readonly BmcSensor[]) =>
  worst([
    ...sensors.map(sensorHealth),
    ...psusOf(s, host).map(psu => (psuWorks(s, psu) ? ('OK' as const) : ('Critical' as const))),
  ]);

function addSensors(routes: Routes, sensors: readonly BmcSensor[]): void {
  const base = `${CHASSIS}/Sensors`;
  const paths = sensors.map(sensor => `${base}/${sensor.id}`);
  routes.set(base, () => collection(base, 'Sensor', paths));
  sensors.forEach((sensor, at) => {
    routes.set(paths[at], () =>
      resource(paths[at], 'Sensor.v1_7_0', sensor.name, {
        ...{ Reading: sensor.value(), ReadingType: sensor.type, ReadingUnits: sensor.unit },
        ...{ PhysicalContext: sensor.context, Status: status(sensorHealth(sensor)) },
        Thresholds: {
          UpperCaution: sensor.warnAbove === undefined ? undefined : { Reading: sensor.warnAbove },
          UpperCritical:
            sensor.criticalAbove === undefined ? undefined : { Reading: sensor.criticalAbove },
        },
      }),
    );
  });
}

function legacyThermal(sensors: readonly BmcSensor[]): Resource {
  const path = `${CHASSIS}/Thermal`;
  const of = (type: BmcSensor['type']) => sensors.filter(sensor => sensor.type === type);
  return resource(path, 'Thermal.v1_7_1', 'Thermal', {
    Temperatures: of('Temperature').map((sensor, at) => ({
      ...{ '@odata.id': `${path}#/Temperatures/${at}`, MemberId: String(at), Name: sensor.name },
      ...{ ReadingCelsius: sensor.value(), PhysicalContext: sensor.context },
      UpperThresholdNonCritical: sensor.warnAbove,
      UpperThresholdCritical: sensor.criticalAbove,
      Status: status(sensorHealth(sensor)),
    })),
    Fans: of('Rotational').map((sensor, at) => ({
      ...{ '@odata.id': `${path}#/Fans/${at}`, MemberId: String(at), Name: sensor.name },
      ...{ Reading: sensor.value(), ReadingUnits: 'RPM', Status: status('OK') },
    })),
  });
}

function legacyPower(s: Simulation, host: number): Resource {
  const path = `${CHASSIS}/Power`;
  return resource(path, 'Power.v1_7_1', 'Power', {
    PowerControl: [
      {
        ...{ '@odata.id': `${path}#/PowerControl/0`, MemberId: '0', Name: 'System Power Control' },
        ...{ PowerConsumedWatts: bmcPowerW(s, host), Status: status('OK') },
        PowerCapacityWatts: psusOf(s, host).length * psuRatedW(s.layout, host),
      },
    ],
    PowerSupplies: psusOf(s, host).map((psu, at) => ({
      ...{ '@odata.id': `${path}#/PowerSupplies/${at}`, MemberId: String(at) },
      ...{
        Name: `PSU${at + 1}`,
        PowerSupplyType: 'AC',
        PowerCapacityWatts: psuRatedW(s.layout, host),
      },
      LineInputVoltage: Math.round(mainsVoltageV(s, s.state.psu.pdu[psu])),
      ...{ PowerInputWatts: psuInputW(s, psu), PowerOutputWatts: psuOutputW(s, psu) },
      Status: status(psuWorks(s, psu) ? 'OK' : 'Critical'),
    })),
    Voltages: [
      {
        ...{ '@odata.id': `${path}#/Voltages/0`, MemberId: '0', Name: '12V' },
        ...{ ReadingVolts: F.railVoltageV, Status: status('OK') },
      },
    ],
  });
}

function addThermalSubsystem(
  routes: Routes,
  s: Simulation,
  host: number,
  sensors: readonly BmcSensor[],
): void {
  const base = `${CHASSIS}/ThermalSubsystem`;
  const temperatures = sensors.filter(sensor => sensor.type === 'Temperature');
  const excerpt = (sensor: BmcSensor) => ({
    ...{ DataSourceUri: `${CHASSIS}/Sensors/${sensor.id}`, DeviceName: sensor.name },
    ...{ Reading: sensor.value(), PhysicalContext: sensor.context },
  });
  routes.set(base, () =>
    resource(base, 'ThermalSubsystem.v1_2_0', 'Thermal Subsystem', {
      ...{ Fans: link(FANS), ThermalMetrics: link(`${base}/ThermalMetrics`) },
      Status: status('OK'),
    }),
  );
  routes.set(`${base}/ThermalMetrics`, () =>
    resource(`${base}/ThermalMetrics`, 'ThermalMetrics.v1_1_0', 'Thermal Metrics', {
      TemperatureSummaryCelsius: {
        Intake: { Reading: inletTempC(s, host), DataSourceUri: `${CHASSIS}/Sensors/Inlet_Temp` },
      },
      TemperatureReadingsCelsius: temperatures.map(excerpt),
    }),
  );
  const fans = range(0, fanCount(s, host)).map(fan => `${FANS}/${fan + 1}`);
  routes.set(FANS, () => collection(FANS, 'Fan', fans));
  fans.forEach((path, fan) => {
    routes.set(path, () =>
      resource(path, 'Fan.v1_5_0', `FAN${fan + 1}`, {
        SpeedPercent: {
          DataSourceUri: `${CHASSIS}/Sensors/FAN${fan + 1}`,
          Reading: Math.round(100 * s.state.host.fanRatio[host]),
          SpeedRPM: sensors.find(sensor => sensor.id === `FAN${fan + 1}`)!.value(),
        },
        Status: status('OK'),
      }),
    );
  });
}

function addPowerSubsystem(routes: Routes, s: Simulation, host: number): void {
  const base = `${CHASSIS}/PowerSubsystem`;
  const psus = psusOf(s, host);
  const paths = psus.map((_, at) => `${PSUS}/${at + 1}`);
  const health = () => worst(psus.map(psu => (psuWorks(s, psu) ? 'OK' : 'Critical')));
  routes.set(base, () =>
    resource(base, 'PowerSubsystem.v1_1_0', 'Power Subsystem', {
      ...{ CapacityWatts: psus.length * psuRatedW(s.layout, host), PowerSupplies: link(PSUS) },
      Status: status(health()),
    }),
  );
  routes.set(PSUS, () => collection(PSUS, 'PowerSupply', paths));
  psus.forEach((psu, at) => {
    const metrics = `${paths[at]}/Metrics`;
    const works = () => status(psuWorks(s, psu) ? 'OK' : 'Critical');
    routes.set(paths[at], () =>
      resource(paths[at], 'PowerSupply.v1_5_0', `PSU${at + 1}`, {
        ...{
          PowerSupplyType: 'AC',
          PowerCapacityWatts: psuRatedW(s.layout, host),
          Metrics: link(metrics),
        },
        Status: works(),
      }),
    );
    routes.set(metrics, () =>
      resource(metrics, 'PowerSupplyMetrics.v1_1_0', `PSU${at + 1} Metrics`, {
        InputPowerWatts: { Reading: psuInputW(s, psu) },
        InputVoltage: { Reading: Math.round(mainsVoltageV(s, s.state.psu.pdu[psu])) },
        OutputPowerWatts: { Reading: psuOutputW(s, psu) },
        Status: works(),
      }),
    );
  });
  routes.set(`${CHASSIS}/EnvironmentMetrics`, () =>
    resource(`${CHASSIS}/EnvironmentMetrics`, 'EnvironmentMetrics.v1_3_0', 'Environment', {
      PowerWatts: { Reading: bmcPowerW(s, host), DataSourceUri: `${CHASSIS}/Sensors/Total_Power` },
      TemperatureCelsius: {
        ...{ Reading: inletTempC(s, host), DataSourceUri: `${CHASSIS}/Sensors/Inlet_Temp` },
      },
    }),
  );
}
