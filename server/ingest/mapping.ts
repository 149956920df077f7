/**
 * Source mappings as rows: which metric of which exporter is which signal of which entity, in which
 * unit. A new exporter is a file of rows in `mappings/`, not code.
 */

/** How the entity is found from the labels; the rules live in `server/identity`. */
export type EntityRule =
  | 'gpu'
  | 'gpuInstance'
  | 'host'
  | 'bmcHost'
  | 'psu'
  | 'fan'
  | 'nic'
  | 'nvme'
  | 'socket'
  | 'dimm'
  | 'nvswitch'
  | 'pdu'
  | 'pduOutlet'
  | 'ups'
  | 'switch'
  | 'crah'
  | 'cdu'
  | 'podHost'
  | 'site';

export interface MappingRow {
  /** Names of the metric across exporter versions; the first is today's. */
  readonly metrics: readonly string[];
  readonly signal: string;
  readonly entity: EntityRule;
  /** Only series whose labels match: a value, a list of values, or a pattern. */
  readonly where?: Readonly<Record<string, string | readonly string[] | RegExp>>;
  /** To the signal's unit: value x scale + offset, after `mode` and `combine`. */
  readonly scale?: number;
  readonly offset?: number;
  /** `rate`: increase per second, counter resets handled; `increase1h`: increase over an hour. */
  readonly mode?: 'gauge' | 'rate' | 'increase1h';
  /** Several series of one entity make one value; without it the series is the value. */
  readonly combine?: 'sum' | 'mean' | 'max' | 'min';
  /** For text signals: the label whose value is the text (`_info` metrics). */
  readonly textLabel?: string;
}

export interface Mapping {
  /** Name of the exporter: `dcgm-exporter`. */
  readonly id: string;
  readonly title: string;
  /** Versions and pages against which the rows were checked. */
  readonly checkedAgainst: string;
  readonly rows: readonly MappingRow[];
  /** Metric families known to carry nothing for the twin: ignored, not counted as unmapped. */
  readonly ignore?: readonly (string | RegExp)[];
}
