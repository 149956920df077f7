/** Faults of the power chain and of cooling, and of measurement anywhere. */
import type { FaultRow } from '../fault-row.ts';
import { fault } from './fault.ts';

const MEASURED = ['host', 'gpu', 'rack', 'pdu', 'ups', 'cdu', 'crah'] as const;

const POWER_FAULTS: readonly FaultRow[] = [
  fault({
    id: 'feed-loss',
    title: 'Feed lost',
    kinds: ['utilityFeed', 'feed', 'switchgear', 'transformer'],
    effect: 'lost',
    remedy: 'checkPower',
  }),
  fault({
    id: 'feed-miswired',
    title: 'Both supplies on one feed',
    kinds: ['host', 'psu'],
    severity: 'nonFatal',
    effect: 'degraded',
    remedy: 'checkCabling',
    source: 'Orrery: power seen on the other feed than the inventory says',
  }),
  fault({
    id: 'psu-failure',
    title: 'Power supply failed',
    kinds: ['psu'],
    signal: 'psuOkFlag',
    severity: 'nonFatal',
    effect: 'lost',
    remedy: 'replacePart',
  }),
  fault({
    id: 'pdu-failure',
    title: 'PDU failed or its breaker tripped',
    kinds: ['pdu'],
    signal: 'upFlag',
    effect: 'lost',
    remedy: 'checkPower',
  }),
  fault({
    id: 'ups-failure',
    title: 'UPS failed',
    kinds: ['ups'],
    effect: 'lost',
    remedy: 'service',
  }),
  fault({
    id: 'ups-on-battery',
    title: 'UPS on battery',
    kinds: ['ups'],
    signal: 'onBatteryFlag',
    severity: 'nonFatal',
    effect: 'degraded',
    remedy: 'checkPower',
  }),
  fault({
    id: 'battery-weak',
    title: 'Battery weak',
    kinds: ['ups', 'battery'],
    signal: 'batteryChargeRatio',
    severity: 'nonFatal',
    effect: 'degraded',
    remedy: 'replacePart',
  }),
  fault({
    id: 'generator-no-start',
    title: 'Generator does not start',
    kinds: ['generator'],
    effect: 'lost',
    remedy: 'service',
  }),
  fault({
    id: 'sts-failure',
    title: 'Static transfer switch failed',
    kinds: ['sts'],
    effect: 'lost',
    remedy: 'service',
  }),
];

const COOLING_FAULTS: readonly FaultRow[] = [
  fault({
    id: 'leak',
    title: 'Coolant leak',
    kinds: ['cdu', 'rack', 'host'],
    signal: 'leakFlag',
    effect: 'lost',
    remedy: 'service',
  }),
  fault({
    id: 'cdu-failure',
    title: 'CDU failed',
    kinds: ['cdu'],
    signal: 'coolantFlowM3PerS',
    effect: 'lost',
    remedy: 'checkCooling',
  }),
  fault({
    id: 'crah-failure',
    title: 'CRAH failed',
    kinds: ['crah'],
    signal: 'supplyTempC',
    effect: 'lost',
    remedy: 'checkCooling',
  }),
  fault({
    id: 'chiller-failure',
    title: 'Chiller failed',
    kinds: ['chiller'],
    signal: 'supplyTempC',
    effect: 'lost',
    remedy: 'checkCooling',
  }),
];

const SENSOR_FAULTS: readonly FaultRow[] = [
  ...(['stuck', 'drift', 'dropout', 'noise'] as const).map(type =>
    fault({
      id: `sensor-${type}`,
      title: `Sensor fault: ${type}`,
      kinds: MEASURED,
      severity: 'info',
      effect: 'misread',
      remedy: 'checkSensor',
      source: 'Orrery: one measuring point against the others of the same quantity',
    }),
  ),
  fault({
    id: 'clock-drift',
    title: 'Clock off',
    kinds: ['host', 'bmc'],
    signal: 'clockOffsetS',
    severity: 'info',
    effect: 'misread',
    remedy: 'checkSensor',
    source: 'Orrery: chrony, PTP or request round trips',
  }),
];

export const FACILITY_FAULTS: readonly FaultRow[] = [
  ...POWER_FAULTS,
  ...COOLING_FAULTS,
  ...SENSOR_FAULTS,
];
