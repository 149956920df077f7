/** PromQL from the tables: which metric, under which selector, at which level. */
import {
  type Kind,
  kindsOf,
  LIMITS,
  type LimitRow,
  limitMetricName,
  metricName,
  SIGNALS,
  type SignalRow,
  signalIndex,
} from '../../twin/index.ts';

/** A level of the site as a board selects it. */
export interface Scope {
  readonly kind: Kind;
  /** Label matchers, with the board's variables: `site="$site", row=~"$row"`. */
  readonly match: string;
}

const IN_SITE = 'site="$site"';
const IN_ROWS = `${IN_SITE}, row=~"$row"`;
const IN_RACK = `${IN_SITE}, rack="$rack"`;
const IN_HOST = `${IN_SITE}, host="$host"`;

export const SITE: Scope = { kind: 'site', match: IN_SITE };
export const ROWS: Scope = { kind: 'row', match: IN_ROWS };
export const RACKS: Scope = { kind: 'rack', match: IN_ROWS };
export const HOSTS_OF_SITE: Scope = { kind: 'host', match: IN_ROWS };
export const RACK: Scope = { kind: 'rack', match: IN_RACK };
export const HOSTS_OF_RACK: Scope = { kind: 'host', match: IN_RACK };
export const HOST: Scope = { kind: 'host', match: IN_HOST };
/** GPUs are selected by `orrery_gpu_info`, whatever level the board stands on. */
export const GPUS_OF_SITE: Scope = { kind: 'gpu', match: IN_ROWS };
export const GPUS_OF_RACK: Scope = { kind: 'gpu', match: IN_RACK };
export const GPUS_OF_HOST: Scope = { kind: 'gpu', match: IN_HOST };
export const GPUS: Scope = { kind: 'gpu', match: `${IN_HOST}, gpu=~"$gpu"` };

export const signalRow = (id: string): SignalRow => SIGNALS[signalIndex(id)];

/** @throws RangeError where the signal has no value at this kind, so that no panel can be dead. */
function rowAt(kind: Kind, signalId: string): SignalRow {
  const row = signalRow(signalId);
  if (!kindsOf(row).includes(kind)) throw new RangeError(`'${signalId}' has no value at ${kind}`);
  return row;
}

/** Selector of a signal: `orrery_rack_power_watts{site="$site"}`. */
export const series = (scope: Scope, signalId: string): string =>
  `${metricName(scope.kind, rowAt(scope.kind, signalId))}{${scope.match}}`;

/** Selector of the limit values set on a signal. */
export const limitSeries = (scope: Scope, signalId: string): string =>
  `${limitMetricName(scope.kind, rowAt(scope.kind, signalId))}{${scope.match}}`;

/** Limits that judge a signal at a kind. */
export const limitsOn = (kind: Kind, signalId: string): readonly LimitRow[] =>
  LIMITS.filter(limit => limit.signal === signalId && limit.at.includes(kind));

/**
 * A raw series of dcgm-exporter with the labels of the twin. The join is by UUID: exporters
 * disagree on the host's name (`Hostname`, `hostname`, pod name); the inner `max` makes it one
 * series a GPU when two Orrery instances publish the same GPU.
 */
export function gpuSeries(scope: Scope, metric: string, matchers = ''): string {
  const labels = 'site, row, rack, host, gpu';
  return (
    `${metric}${matchers} * on (UUID) group_left (${labels}) ` +
    `max by (UUID, ${labels}) (orrery_gpu_info{${scope.match}})`
  );
}

/** A raw series of ipmi_exporter, whose target is the BMC's address, with the host's label. */
export const bmcSeries = (scope: Scope, metric: string): string =>
  `label_replace(${metric}, "bmc", "$1", "instance", "([^:]+)(?::[0-9]+)?") ` +
  `* on (bmc) group_left (host) max by (bmc, host) (orrery_host_info{${scope.match}})`;

/**
 * A raw series of node_exporter with the host's label: `instance` leads to the node name by
 * `node_uname_info`, and that to the host by `orrery_host_info`.
 */
export const nodeSeries = (scope: Scope, series: string): string =>
  `${series} * on (instance) group_left (node) ` +
  'label_replace(node_uname_info, "node", "$1", "nodename", "(.+)") ' +
  `* on (node) group_left (host) max by (node, host) (orrery_host_info{${scope.match}})`;

/** Zero where the condition holds nowhere, but nothing where the base itself is missing. */
export const orZero = (expr: string, base: string): string => `${expr} or 0 * ${base}`;
