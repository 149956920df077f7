/** Faults of GPUs and links: XIDs, memory errors, bad links. */
import { MappingType } from '@grafana/grafana-foundation-sdk/dashboard';
import { colors, limitLines, runbookLinks } from '../limits.ts';
import { grid, lines, type Sized, timeline } from '../panels.ts';
import { gpuSeries, type Scope, series } from '../promql.ts';
import { COUNT, NO_UNIT, unitOf } from '../units.ts';

const STICKY =
  'The exporter repeats the last XID until it restarts, so a strip shows when an XID came, not ' +
  'when it ended, and a repeat of the same XID is invisible.';

/** Last XID of each GPU over time. */
export function xidTimeline(gpus: Scope, w: number): Sized {
  const sized = timeline(
    {
      title: 'XIDs',
      description: `Last XID of each GPU that has reported one. ${STICKY}`,
      unit: NO_UNIT,
      w,
      links: runbookLinks('gpu', 'xidCode'),
      thresholds: colors(1),
    },
    [
      {
        expr: `max by (host, gpu) (${gpuSeries(gpus, 'DCGM_FI_DEV_XID_ERRORS')})`,
        legend: '{{gpu}}',
      },
    ],
  );
  sized.panel.mappings([
    { type: MappingType.ValueToText, options: { '0': { text: 'none', color: 'green' } } },
  ]);
  return sized;
}

/** GPUs whose XID changed within the range of the board, newest figures. */
export function xidTable(gpus: Scope, w: number): Sized {
  const xid = `max by (host, gpu) (${gpuSeries(gpus, 'DCGM_FI_DEV_XID_ERRORS')})`;
  return grid(
    {
      title: 'GPUs with an XID',
      description: `Each GPU whose last XID is not 0. ${STICKY}`,
      unit: NO_UNIT,
      w,
      links: runbookLinks('gpu', 'xidCode'),
    },
    ['host', 'gpu'],
    [{ title: 'Last XID', expr: `${xid} > 0`, unit: NO_UNIT }],
  );
}

/** Uncorrected ECC errors and hosts that have them. */
export function eccErrors(scope: Scope, w: number): Sized {
  return lines(
    {
      title: 'Uncorrected ECC errors',
      description:
        'Uncorrected memory errors of GPUs and DIMMs. A default dcgm-exporter does not export ' +
        'the ECC counters: no data here is not good health.',
      unit: COUNT,
      min: 0,
      w,
      links: runbookLinks('gpu', 'eccDbeCount'),
      thresholds: colors(1),
    },
    [{ expr: series(scope, 'eccDbeCount'), legend: `{{${scope.kind}}}` }],
  );
}

/** Rows remapped and remaps that failed. */
export function rowRemaps(gpus: Scope, w: number): Sized {
  return lines(
    {
      title: 'Row remaps',
      description:
        'Rows of GPU memory replaced after corrected and uncorrected errors, and remaps that ' +
        'failed: after a failed remap no spare rows are left and the GPU must be replaced.',
      unit: COUNT,
      min: 0,
      w,
      links: runbookLinks('gpu', 'rowRemapFailureFlag', 'rowRemapPendingFlag'),
    },
    [
      {
        expr: gpuSeries(gpus, 'DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS'),
        legend: '{{gpu}} uncorrected',
      },
      {
        expr: gpuSeries(gpus, 'DCGM_FI_DEV_CORRECTABLE_REMAPPED_ROWS'),
        legend: '{{gpu}} corrected',
      },
      { expr: gpuSeries(gpus, 'DCGM_FI_DEV_ROW_REMAP_FAILURE'), legend: '{{gpu}} failed' },
    ],
  );
}

/** PCIe replays of each GPU. */
export function pcieReplays(gpus: Scope, w: number): Sized {
  const replays = gpuSeries(gpus, 'rate(DCGM_FI_DEV_PCIE_REPLAY_COUNTER[$__rate_interval])');
  return lines(
    {
      title: 'PCIe replays',
      description: 'Packets sent again over PCIe, per second: a slot, riser or cable going bad.',
      unit: unitOf('pcieReplayPerS'),
      min: 0,
      w,
      links: runbookLinks('gpu', 'pcieReplayPerS'),
    },
    [{ expr: replays, legend: '{{gpu}}' }],
  );
}

/** Throughput of NVLink and network. */
export function fabricTraffic(scope: Scope, w: number): Sized {
  const name = `{{${scope.kind}}}`;
  return lines(
    {
      title: 'NVLink and network traffic',
      description: `Bytes over NVLink, and in and out of the network, of each ${scope.kind}.`,
      unit: unitOf('netRxBytesPerS'),
      min: 0,
      w,
    },
    [
      { expr: series(scope, 'nvlinkBytesPerS'), legend: `${name} NVLink` },
      { expr: series(scope, 'netRxBytesPerS'), legend: `${name} received` },
      { expr: series(scope, 'netTxBytesPerS'), legend: `${name} sent` },
    ],
  );
}

/** Errors of NVLink and network, in errors a second. */
export function linkErrors(scope: Scope, w: number): Sized {
  const name = `{{${scope.kind}}}`;
  return lines(
    {
      title: 'NVLink and network errors',
      description:
        'CRC, replay and recovery errors of NVLink, and errors of network links. Collectives ' +
        'tolerate none for long. A default dcgm-exporter does not export the NVLink counters.',
      unit: unitOf('linkErrorPerS'),
      min: 0,
      w,
      links: [...runbookLinks('gpu', 'nvlinkErrorPerS'), ...runbookLinks('nic', 'linkErrorPerS')],
    },
    [
      { expr: series(scope, 'nvlinkErrorPerS'), legend: `${name} NVLink` },
      { expr: series(scope, 'linkErrorPerS'), legend: `${name} network` },
    ],
  );
}

/** NVLinks that are down. */
export function nvlinksDown(scope: Scope, w: number): Sized {
  return lines(
    {
      title: 'NVLinks down',
      description: `Inactive NVLinks of each ${scope.kind}. One is enough to drain the host.`,
      unit: COUNT,
      min: 0,
      w,
      links: runbookLinks('gpu', 'nvlinkDownCount'),
      thresholds: colors(1),
    },
    [{ expr: series(scope, 'nvlinkDownCount'), legend: `{{${scope.kind}}}` }],
  );
}

/** Packets lost, against the limit. */
export function packetLoss(host: Scope, w: number): Sized {
  return lines(
    {
      title: 'Packet loss',
      description: 'Share of packets lost on the worst link of the host.',
      unit: unitOf('packetLossRatio'),
      min: 0,
      w,
      links: runbookLinks('host', 'packetLossRatio'),
    },
    [
      { expr: series(host, 'packetLossRatio'), legend: 'loss' },
      ...limitLines(host, 'packetLossRatio'),
    ],
  );
}
