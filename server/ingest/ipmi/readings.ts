/** From what ipmitool prints to candidates for readings, by the sensor rows shared with Redfish. */
import type { Kind } from '../../../twin/index.ts';
import type { Candidate } from '../bmc/arbiter.ts';
import { impossible, misplaced } from '../bmc/check.ts';
import { matchSensor, partNumber, plainName } from '../bmc/sensor-match.ts';
import type { Combine, Quantity } from '../bmc/sensor-rows.ts';
import { type SlotRef, sensorSlot } from '../bmc/slots.ts';
import type { SdrLine } from './parse.ts';

/** Units of IPMI as ipmitool spells them; SI value = value x scale + offset. */
const UNITS: Readonly<
  Record<string, { quantity: Quantity; scale: number; offset?: number } | undefined>
> = {
  'degrees C': { quantity: 'temperature', scale: 1 },
  'degrees F': { quantity: 'temperature', scale: 5 / 9, offset: -160 / 9 },
  Watts: { quantity: 'power', scale: 1 },
  RPM: { quantity: 'fanSpeed', scale: 1 },
  Volts: { quantity: 'voltage', scale: 1 },
  Amps: { quantity: 'current', scale: 1 },
  percent: { quantity: 'percent', scale: 0.01 },
  '% RH': { quantity: 'humidity', scale: 0.01 },
};

/** IPMI entity ids (IPMI 2.0, table 43-13) in the words of Redfish. */
const CONTEXTS: Readonly<Record<number, string>> = {
  3: 'CPU',
  7: 'SystemBoard',
  8: 'Memory',
  10: 'PowerSupply',
  19: 'PowerSupply',
  29: 'Fan',
  32: 'Memory',
  39: 'Room',
  55: 'Intake',
  64: 'Intake',
  65: 'CPU',
};

/** Status of a threshold sensor, as health: 0 OK, 1 warning, 2 critical; `elist` names the side. */
const STATUS_HEALTH: Readonly<Record<string, number>> = {
  ...{ ok: 0, nc: 1, lnc: 1, unc: 1 },
  ...{ cr: 2, lcr: 2, ucr: 2, nr: 2, lnr: 2, unr: 2 },
};

interface StateRow {
  readonly name: RegExp;
  readonly not?: RegExp;
  readonly kind: Kind;
  readonly signal: string;
  /** Value while one of these is asserted, else the other one. */
  readonly states: RegExp;
  readonly value: 0 | 1;
  readonly combine: Combine;
}

const PSU_NAME = /\b(?:ps|psu|power supply) ?\d/;
/** Discrete sensors: what their states mean. */
const STATE_ROWS: readonly StateRow[] = [
  {
    ...{ name: PSU_NAME, not: /redundan/, kind: 'psu', signal: 'psuOkFlag', value: 0 },
    states: /fail|fault|lost|out-of-range|predictive|config|inactive/i,
    combine: 'min',
  },
  {
    ...{ name: /\bredundan/, not: /\bfan\b/, kind: 'host', signal: 'redundancyOkFlag', value: 0 },
    states: /lost|degraded|non-redundant|insufficient/i,
    combine: 'min',
  },
  {
    ...{ name: /\bleak/, kind: 'host', signal: 'leakFlag', value: 1 },
    states: /leak|asserted|critical|failure/i,
    combine: 'max',
  },
  {
    ...{ name: /\b(?:intrusion|door)\b/, kind: 'host', signal: 'doorOpenFlag', value: 1 },
    states: /intrusion|open|asserted/i,
    combine: 'max',
  },
];

export interface IpmiMachine {
  readonly kind: Kind;
  readonly poweredOn: boolean | undefined;
  readonly atMs: number;
  readonly holdMs: number;
}

export interface IpmiFound {
  readonly candidates: Candidate[];
  readonly drops: { origin: string; why: string }[];
}

export function interpretSdr(lines: readonly SdrLine[], machine: IpmiMachine): IpmiFound {
  const found: IpmiFound = { candidates: [], drops: [] };
  let worst: number | undefined;
  for (const line of lines) {
    takeSensor(line, machine, found);
    takeStates(line, machine, found);
    const health = line.value === undefined ? undefined : STATUS_HEALTH[line.status];
    if (health !== undefined) worst = Math.max(worst ?? 0, health);
  }
  if (worst !== undefined)
    offer(machine, found, { ...own('healthCode', 'sdr', 'max'), value: worst });
  return found;
}

function takeSensor(line: SdrLine, machine: IpmiMachine, found: IpmiFound): void {
  const unit = UNITS[line.unit ?? ''];
  if (!unit) return;
  const context = CONTEXTS[line.entity ?? -1] ?? '';
  const match = matchSensor({ name: line.name, quantity: unit.quantity, context });
  if (!match) return;
  const { signal, rank, combine } = match.row;
  const kind = match.row.kind === 'host' ? machine.kind : match.row.kind;
  const origin = `sdr/${line.name}/${line.entity ?? ''}`;
  const slot = match.ordinal === undefined ? undefined : sensorSlot(kind, match.ordinal);
  if (line.value === undefined) {
    found.drops.push({ origin, why: `sensor status ${line.status}` });
    return;
  }
  const value = line.value * unit.scale + (unit.offset ?? 0);
  offer(machine, found, { kind, signal, rank, combine, origin, slot, value });
}

function takeStates(line: SdrLine, machine: IpmiMachine, found: IpmiFound): void {
  if (line.status === 'ns' || line.status === 'na') return;
  const name = plainName(line.name);
  const row = STATE_ROWS.find(row => row.name.test(name) && !row.not?.test(name));
  // without a state a fault is not known to be absent; an alarm is
  if (!row || (row.value === 0 && line.states.length === 0)) return;
  const isOn = line.states.some(state => row.states.test(state));
  const value = isOn ? row.value : 1 - row.value;
  const ordinal = row.kind === 'psu' ? partNumber('psu', line.name) : undefined;
  const kind = row.kind === 'host' ? machine.kind : row.kind;
  const slot = ordinal === undefined ? undefined : sensorSlot(kind, ordinal);
  const origin = `state/${line.name}`;
  const { signal, combine } = row;
  offer(machine, found, { kind, signal, rank: 1, combine, origin, slot, value });
}

/** `chassis status` fields that tell of the machine. */
export function interpretChassis(
  fields: ReadonlyMap<string, string>,
  machine: IpmiMachine,
): IpmiFound {
  const found: IpmiFound = { candidates: [], drops: [] };
  const power = fields.get('system power');
  const intrusion = fields.get('chassis intrusion');
  if (power === 'on' || power === 'off')
    offer(machine, found, { ...own('poweredOnFlag', 'chassis', 'min'), value: +(power === 'on') });
  if (intrusion === 'active' || intrusion === 'inactive')
    offer(machine, found, {
      ...own('doorOpenFlag', 'chassis', 'max'),
      value: +(intrusion === 'active'),
    });
  const health = chassisHealth(fields);
  if (health !== undefined)
    offer(machine, found, { ...own('healthCode', 'chassis', 'max'), value: health });
  return found;
}

function chassisHealth(fields: ReadonlyMap<string, string>): number | undefined {
  const is = (name: string) => fields.get(name) === 'true';
  if (!fields.has('main power fault')) return undefined;
  if (is('main power fault') || is('power overload') || is('power control fault')) return 2;
  return is('drive fault') || is('cooling/fan fault') ? 1 : 0;
}

export function interpretDcmi(watts: number | undefined, machine: IpmiMachine): IpmiFound {
  const found: IpmiFound = { candidates: [], drops: [] };
  const common = own('dcmiPowerW', 'dcmi', 'first');
  if (watts === undefined) found.drops.push({ origin: common.origin, why: 'DCMI not measuring' });
  else offer(machine, found, { ...common, value: watts });
  return found;
}

export function interpretMcInfo(
  fields: ReadonlyMap<string, string>,
  machine: IpmiMachine,
): IpmiFound {
  const found: IpmiFound = { candidates: [], drops: [] };
  const revision = fields.get('firmware revision');
  if (revision)
    offer(machine, found, { ...own('bmcFirmwareText', 'mc', 'first'), value: revision });
  return found;
}

type Offered = Pick<Candidate, 'signal' | 'rank' | 'combine' | 'origin' | 'value'> & {
  readonly kind?: Kind;
  readonly slot?: SlotRef | undefined;
};

/** Of the machine itself. */
const own = (signal: string, where: string, combine: Combine) => ({
  ...{ signal, combine, rank: 1, origin: `${where}/${signal}` },
});

function offer(machine: IpmiMachine, found: IpmiFound, offered: Offered): void {
  const { slot, origin, signal, value, rank, combine } = offered;
  const kind = offered.kind ?? machine.kind;
  const isPower = signal === 'bmcPowerW' || signal === 'dcmiPowerW';
  const why =
    misplaced(machine.kind, kind, signal) ??
    (isPower && value === 0 && machine.poweredOn ? 'no power although switched on' : undefined) ??
    (typeof value === 'number' ? impossible(signal, value) : undefined);
  const { atMs, holdMs } = machine;
  const candidate = { kind, signal, value, rank, combine, origin, atMs, holdMs };
  if (why) found.drops.push({ origin, why });
  else found.candidates.push(slot ? { ...candidate, slot } : candidate);
}
