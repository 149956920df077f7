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
  | 'bmc'
  | 'psu'
  | 'fan'
  | 'nic'
  | 'nvme'
  | 'socket'
  | 'dimm'
  | 'nvswitch'
  | 'pdu'
  | 'pduOutlet'
  | 'unwiredOutlet'
  | 'rackOfPdu'
  | 'ups'
  | 'switch'
  | 'crah'
  | 'cdu'
  | 'podHost'
  | 'scrapedHost'
  | 'scrapedUnit'
  | 'site';

/** Only series whose labels match; `''` matches an absent label, as in PromQL. */
export type Where = Readonly<Record<string, string | readonly string[] | RegExp>>;

/** Series of one row: metric names and a filter. */
export interface SeriesChoice {
  /** Names of the metric across exporter versions. */
  readonly metrics: readonly string[];
  /** Absent: the filter of the row. */
  readonly where?: Where;
}

/**
 * Makes a row a quotient, value / over, of two sets of series of the same entity. Both sides go
 * through `values`, `mode` and `combine`; the quotient through `scale` and `offset`. Evaluated by
 * `quotient.ts` behind the gate.
 */
interface Over extends SeriesChoice {
  /** Labels that pair the two sides (a file system's mount point): one quotient for each pair, and
   * `combine` then joins the quotients of the entity. Absent: one quotient of the combined sides. */
  readonly by?: readonly string[];
  /** The quotient when the denominator is 0; absent: then there is no value. */
  readonly idle?: number;
}

export interface MappingRow {
  /** Names of the metric across exporter versions; the first is today's. */
  readonly metrics: readonly string[];
  readonly signal: string;
  readonly entity: EntityRule;
  /** A value, a list of values, or a pattern for each label. */
  readonly where?: Where;
  /** Codes to values before everything else: `{ '1': 0, '2': 1, else: 2 }`. A code that is not
   * listed, without `else`, is dropped and counted. */
  readonly values?: Readonly<Record<string, number>>;
  /** To the signal's unit: value x scale + offset, after `mode` and `combine`. */
  readonly scale?: number;
  readonly offset?: number;
  /** `rate`: increase per second, counter resets handled; `increase1h`: increase over an hour. */
  readonly mode?: 'gauge' | 'rate' | 'increase1h';
  /** Several series of one entity make one value; without it the series is the value. `p99`: they
   * are buckets of histograms, and the value is what 99 of 100 are at or below. */
  readonly combine?: 'sum' | 'mean' | 'max' | 'min' | 'p99';
  /** For text signals: the label whose value is the text (`_info` metrics). */
  readonly textLabel?: string;
  /** Denominator: the row is a quotient. */
  readonly over?: Over;
  /** Series whose presence contributes 0 to `combine`: a host that Kubernetes lists and on which
   * no pod asks for a GPU has none allocated, which an empty sum could not say. */
  readonly zeroFrom?: SeriesChoice;
  /** Yields to the other rows of the mapping that give the signal: a poorer way to know it. */
  readonly standIn?: boolean;
  /** A series whose entity is not in the inventory is no news: `up` exists for every target. */
  readonly optional?: boolean;
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
