/**
 * What a sensor of a BMC measures, as rows: quantity, place and name to signal. Redfish sensors and
 * IPMI sensor records meet here, so that a name is interpreted once. The first row that fits wins;
 * a sensor that fits none is not taken. Names are compared in lower case, without the numbering
 * that some BMCs put in front, with `_` and `-` as blanks.
 */
import type { Kind } from '../../../twin/index.ts';

export type Quantity =
  | 'temperature'
  | 'power'
  | 'fanSpeed'
  | 'percent'
  | 'voltage'
  | 'current'
  | 'humidity'
  | 'flow'
  | 'pressure'
  | 'energy';

/** How several sensors of one quantity on one part become one value. */
export type Combine = 'max' | 'min' | 'sum' | 'first';

export interface SensorSample {
  readonly name: string;
  readonly quantity: Quantity;
  /** Where it sits, in the words of Redfish `PhysicalContext`: `Intake`, `CPU`, `PowerSupply`. */
  readonly context?: string;
  /** `Input` or `Output`. */
  readonly subContext?: string;
  /** The reading is a distance to a limit, not a level (Redfish `ReadingBasis: Headroom`). */
  readonly isMargin?: boolean;
  /** It belongs to a part inside the enclosure (module, board, riser), not to the enclosure. */
  readonly isInternal?: boolean;
}

export interface SensorRow {
  readonly quantity: Quantity;
  readonly isMargin?: boolean;
  readonly isInternal?: boolean;
  /** Contexts that fit; a sensor of another context may still fit by `name`. */
  readonly contexts?: readonly string[];
  readonly name?: RegExp;
  /** Neither by context nor by name. */
  readonly not?: RegExp;
  readonly notContexts?: readonly string[];
  readonly subContext?: string;
  /** `host` is the machine itself, whatever kind of entity the BMC stands for. */
  readonly kind: Kind;
  readonly signal: string;
  /** The number that tells which of several parts; without it the reading is the host's own. */
  readonly part?: RegExp;
  readonly combine: Combine;
  /** Among sensors of one signal the lowest rank is used; 1 is a sensor made for it. */
  readonly rank: number;
}

/** How parts are numbered in names. */
export const GPU = /\b(?:gpu|xlr8r|sxm|oam|accelerator)\D{0,6}?(\d+)/;
export const PSU = /\b(?:ps|psu|pws|p\/s|pwr supply|power supply)\D{0,6}?(\d+)/;
export const FAN = /\bfan\D{0,8}?(\d+)/;
const DRIVE = /\b(?:nvme m\.?2|nvme|ssd|hdd|drive|m\.?2)\D{0,6}?(\d+)/;

/** Names under which BMCs report what the whole machine draws. */
const TOTAL_POWER = new RegExp(
  [
    '^(?:chassis \\d+ )?total ?(?:hsc |system |chassis |input )*power(?: in(?:put)?)?(?: \\d+)?$',
    '\\b(?:pwr|power) consumption\\b',
    '^(?:sys(?:tem)?|node|chassis|server|host)[ .]*(?:input |board |total )*' +
      '(?:power|pwr)(?: usage| in)?$',
    '^(?:pw|pwr) total$|^total pw[r]?$|^input power$|^power meter$',
    '^power reading for the chassis$',
  ].join('|'),
);
/** Near the CPU, or given its context because the board gives it to every sensor. */
const NOT_CPU_CORE = new RegExp(
  [
    '\\b(?:vr|vreg|vrm|\\w*limit|margin|dts|dimm\\w*|mem|board|pch|fan|inlet|ambient)\\b',
    '^(?:system|peripheral|mb|pci\\w*|aoc|m2)\\b',
  ].join('|'),
);
const NOT_A_LEVEL =
  /\b(?:avg|average|peak|max|min|limit|cap|budget|rated|enforced|edp\w*)\b|edp[cp]/;

export const SENSOR_ROWS: readonly SensorRow[] = [
  // -- margins first, or they would pass for temperatures
  ...rows(
    { quantity: 'temperature', isMargin: true },
    [{ contexts: ['GPU'], name: GPU, kind: 'gpu', signal: 'gpuThermalMarginK', part: GPU }],
    'min',
  ),
  // -- temperatures
  ...rows(
    { quantity: 'temperature' },
    [
      {
        name: /(?:gpu|xlr8r|sxm|oam).*\b(?:mem(?:ory)?|dram|hbm)\b/,
        kind: 'gpu',
        signal: 'gpuMemTempC',
        part: GPU,
      },
      {
        contexts: ['GPU'],
        name: GPU,
        not: /\b(?:vr|board|inlet|exhaust|ambient|pcb)\b/,
        kind: 'gpu',
        signal: 'gpuTempC',
        part: GPU,
      },
      {
        contexts: ['CPU'],
        name: /\bcpu|\bprocessor\b/,
        not: NOT_CPU_CORE,
        kind: 'host',
        signal: 'cpuTempC',
      },
      {
        contexts: ['Memory', 'MemorySubsystem'],
        name: /\bdimm/,
        not: /\b(?:gpu|pmm|vr|vreg)\b/,
        kind: 'host',
        signal: 'dimmTempC',
      },
      { contexts: ['StorageDevice'], name: DRIVE, kind: 'nvme', signal: 'diskTempC', part: DRIVE },
      { contexts: ['LiquidInlet'], kind: 'host', signal: 'supplyTempC' },
      { contexts: ['LiquidOutlet'], kind: 'host', signal: 'returnTempC' },
    ],
    'max',
  ),
  ...inletRows(),
  ...rows(
    { quantity: 'temperature' },
    [
      {
        contexts: ['Exhaust'],
        name: /\b(?:exhaust|outlet)\b/,
        not: /\b(?:p\/s|psu?|gpu|cpu)\b/,
        notContexts: ['PowerSupply'],
        kind: 'host',
        signal: 'exhaustTempC',
      },
    ],
    'max',
  ),
  // -- power
  ...rows(
    { quantity: 'power' },
    [
      {
        contexts: ['GPU'],
        name: GPU,
        not: new RegExp(`\\b(?:total|dram|hbm|mem)|${NOT_A_LEVEL.source}`),
        kind: 'gpu',
        signal: 'gpuPowerW',
        part: GPU,
      },
      {
        contexts: ['CPU'],
        name: /\b(?:cpu|processor)\d* ?\d* (?:package )?(?:power|pwr|watts)/,
        not: new RegExp(`\\b(?:vr|vreg)\\b|${NOT_A_LEVEL.source}`),
        kind: 'host',
        signal: 'cpuPowerW',
      },
      {
        contexts: ['Memory', 'MemorySubsystem'],
        name: /\b(?:mem(?:ory)?|dimm)\w* (?:power|pwr|watts)/,
        not: new RegExp(`\\bgpu|${NOT_A_LEVEL.source}`),
        kind: 'host',
        signal: 'memPowerW',
      },
      {
        contexts: ['Fan'],
        name: /\bfans? ?\d* (?:power|pwr|watts)/,
        not: NOT_A_LEVEL,
        kind: 'host',
        signal: 'fanPowerW',
      },
    ],
    'sum',
  ),
  ...psuRows(),
  ...rows(
    { quantity: 'power' },
    [
      { name: TOTAL_POWER, not: NOT_A_LEVEL, kind: 'host', signal: 'bmcPowerW' },
      { name: /^avg power$/, kind: 'host', signal: 'bmcPowerW', rank: 5 },
    ],
    'first',
  ),
  // -- fans: a fan with two rotors is as fast as its slower one
  ...rows(
    { quantity: 'fanSpeed', notContexts: ['PowerSupply'] },
    [{ name: FAN, not: PSU, kind: 'fan', signal: 'fanSpeedRpm', part: FAN }],
    'min',
  ),
  // of a shelf, which has no other fans; a rotor that is not fitted reads 0
  ...rows(
    { quantity: 'fanSpeed' },
    [
      {
        contexts: ['PowerSupply'],
        name: PSU,
        kind: 'fan',
        signal: 'fanSpeedRpm',
        part: PSU,
        rank: 6,
      },
    ],
    'max',
  ),
  ...rows(
    { quantity: 'percent', notContexts: ['PowerSupply'] },
    [
      { name: /\bhumid/, kind: 'host', signal: 'humidityRatio' },
      { name: FAN, kind: 'fan', signal: 'fanSpeedRatio', part: FAN },
    ],
    'max',
  ),
  // -- the rest
  ...rows({ quantity: 'humidity' }, [{ name: /./, kind: 'host', signal: 'humidityRatio' }], 'max'),
  ...rows(
    { quantity: 'voltage', notContexts: ['PowerSupply', 'Battery'] },
    [
      {
        name: /\bp?\+?12 ?v\b/,
        not: /\b(?:psu?|p\/s|vbat|bmc|out|standby|stby|sb|aux)\b/,
        kind: 'host',
        signal: 'railVoltageV',
      },
    ],
    'min',
  ),
  ...rows({ quantity: 'flow' }, [{ name: /./, kind: 'host', signal: 'coolantFlowM3PerS' }], 'sum'),
  ...rows(
    { quantity: 'pressure' },
    [
      {
        contexts: ['LiquidInlet'],
        name: /\b(?:coolant|liquid|water|supply|manifold)\b/,
        not: /altitude|baro|atmos/,
        kind: 'host',
        signal: 'coolantPressurePa',
      },
    ],
    'max',
  ),
  ...rows(
    { quantity: 'energy' },
    [
      {
        contexts: ['GPU'],
        name: GPU,
        not: /\b(?:dram|total)/,
        kind: 'gpu',
        signal: 'gpuEnergyJ',
        part: GPU,
      },
    ],
    'first',
  ),
];

/** The air that the machine takes in, best witness first; other inlets lie downstream of it. */
function inletRows(): SensorRow[] {
  const elsewhere = new RegExp(
    [
      '\\b(?:p/s|psu?|pdb|pci\\w*|gpu|cpu|batt\\w*|zone|exhaust|outlet|vr|hsc)\\b',
      '^board inlet',
      'temp (?:in|out)put',
    ].join('|'),
  );
  const inlet = { kind: 'host', signal: 'inletTempC', not: elsewhere } as const;
  const named = /\b(?:inlet|intake)\b/;
  return [
    ...rows(
      { quantity: 'temperature', notContexts: ['PowerSupply'] },
      [
        { ...inlet, contexts: ['Intake'] },
        { ...inlet, name: named, isInternal: false, rank: 2 },
        { ...inlet, name: /\bfront (?:io|panel)\b/, rank: 2 },
        { ...inlet, name: /\bambient\b/, contexts: ['Room'], isInternal: false, rank: 3 },
        { ...inlet, name: named, rank: 4 },
      ],
      'max',
    ),
  ];
}

function psuRows(): SensorRow[] {
  const named = { part: PSU, kind: 'psu' } as const;
  const psu = { ...named, contexts: ['PowerSupply'], name: PSU } as const;
  const aux = /\b(?:standby|stby|sb|aux)\b/;
  const input = /\b(?:in|input|vin|pin)\b/;
  const output = /\b(?:out\w*|vout|pout)\b/;
  const either = (a: RegExp, b: RegExp) => new RegExp(`${a.source}|${b.source}`);
  return [
    ...rows(
      { quantity: 'power' },
      [
        { ...psu, subContext: 'Input', not: either(aux, output), signal: 'psuInputPowerW' },
        { ...psu, subContext: 'Output', not: either(aux, input), signal: 'psuOutputPowerW' },
        { ...named, name: after(PSU, input), not: either(aux, output), signal: 'psuInputPowerW' },
        { ...named, name: after(PSU, output), not: aux, signal: 'psuOutputPowerW' },
        // a sensor that does not say is the supply's draw, as IPMI sensors by convention are
        {
          ...psu,
          not: new RegExp(`${aux.source}|${output.source}|${NOT_A_LEVEL.source}`),
          signal: 'psuInputPowerW',
          rank: 3,
        },
      ],
      'first',
    ),
    ...rows(
      { quantity: 'voltage' },
      [
        { ...psu, subContext: 'Input', not: either(aux, output), signal: 'inputVoltageV' },
        { ...named, name: after(PSU, input), not: either(aux, output), signal: 'inputVoltageV' },
      ],
      'first',
    ),
  ];
}

/** Both in this order. */
function after(first: RegExp, second: RegExp): RegExp {
  return new RegExp(`${first.source}.*${second.source}`);
}

type Common = Pick<SensorRow, 'quantity' | 'isMargin' | 'notContexts'>;
type Given = Omit<SensorRow, 'quantity' | 'combine' | 'rank'> & { readonly rank?: number };

function rows(common: Common, given: readonly Given[], combine: Combine): SensorRow[] {
  return given.map(row => ({ ...common, rank: 1, ...row, combine }));
}
