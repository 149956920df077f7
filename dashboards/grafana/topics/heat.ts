/** Heat: inlets, margins, throttling and the cooling that carries it away. */
import { colors, limitColors, limitLines, runbookLinks } from '../limits.ts';
import { boardLink, seriesLabel } from '../links.ts';
import { limitLegend, lines, type Sized } from '../panels.ts';
import { bmcSeries, gpuSeries, type Scope, series } from '../promql.ts';
import { CELSIUS, COUNT, unitOf } from '../units.ts';

/** Inlet temperatures with the limits on them. */
export function inlets(scope: Scope, w: number): Sized {
  return lines(
    {
      title: 'Inlet temperature',
      description:
        `Hottest inlet of each ${scope.kind}. The lower limit is the recommended range, the ` +
        'upper one the allowable range of the equipment class.',
      unit: unitOf('inletTempC'),
      w,
      links: runbookLinks(scope.kind, 'inletTempC'),
    },
    [
      { expr: series(scope, 'inletTempC'), legend: `{{${scope.kind}}}` },
      ...limitLines(scope, 'inletTempC'),
    ],
  );
}

/** Inlet and exhaust of one host: the rise tells of its airflow. */
export function inletAndExhaust(host: Scope, w: number): Sized {
  return lines(
    {
      title: 'Inlet and exhaust',
      description:
        'Air into and out of the host. A rise that grows at the same power means less air: fans, ' +
        'filters, a blanking panel, or exhaust that comes back.',
      unit: unitOf('inletTempC'),
      w,
      links: runbookLinks('host', 'inletTempC'),
    },
    [
      { expr: series(host, 'inletTempC'), legend: 'inlet' },
      { expr: series(host, 'exhaustTempC'), legend: 'exhaust' },
      ...limitLines(host, 'inletTempC'),
    ],
  );
}

/** Smallest thermal margin: how far the worst GPU is from slowing down. */
export function thermalMargin(scope: Scope, w: number): Sized {
  return lines(
    {
      title: 'GPU thermal margin',
      description:
        `Smallest margin of any GPU of each ${scope.kind} to its highest operating temperature, ` +
        'as the driver states it for that very model. At 0 it is used up; a few kelvins below, ' +
        'the hardware cuts clocks.',
      unit: unitOf('gpuThermalMarginK'),
      w,
      links: runbookLinks('gpu', 'gpuThermalMarginK'),
      thresholds: limitColors('gpu', 'gpuThermalMarginK'),
    },
    [{ expr: series(scope, 'gpuThermalMarginK'), legend: `{{${scope.kind}}}` }],
  );
}

/** Hottest GPU and hottest GPU memory. */
export function gpuTemperatures(scope: Scope, w: number): Sized {
  return lines(
    {
      title: 'GPU temperature, hottest',
      description:
        `Hottest GPU and hottest GPU memory of each ${scope.kind}. What is too hot depends on ` +
        'the model: judge by the thermal margin.',
      unit: unitOf('gpuTempC'),
      w,
      links: runbookLinks('gpu', 'gpuTempC', 'gpuMemTempC'),
    },
    [
      { expr: series(scope, 'gpuTempC'), legend: `{{${scope.kind}}}` },
      { expr: series(scope, 'gpuMemTempC'), legend: `{{${scope.kind}}} memory` },
    ],
  );
}

/** Share of time that GPUs run below the clock they ask for. */
export function throttled(scope: Scope, w: number): Sized {
  return lines(
    {
      title: 'Time throttled, worst GPU',
      description:
        `Share of time that the worst GPU of each ${scope.kind} ran slower than asked, for power ` +
        'or heat. One slow GPU slows the whole gang.',
      unit: unitOf('throttleRatio'),
      min: 0,
      w,
      links: runbookLinks('gpu', 'throttleRatio'),
      thresholds: limitColors('gpu', 'throttleRatio'),
      dataLinks:
        scope.kind === 'host'
          ? [boardLink('host', { rack: seriesLabel('rack'), host: seriesLabel('host') })]
          : undefined,
    },
    [{ expr: series(scope, 'throttleRatio'), legend: `{{${scope.kind}}}` }],
  );
}

/** Why GPUs throttle, by reason. */
export function throttleReasons(gpus: Scope, w: number): Sized {
  const counted = gpuSeries(gpus, 'DCGM_EXP_CLOCK_EVENTS_COUNT');
  return lines(
    {
      title: 'Clock events by reason',
      description:
        'Events of the last minutes in which the clock was held back, by reason. The exporter ' +
        'counts over its own sliding window, so this is not a rate. Off in a default ' +
        'dcgm-exporter: add DCGM_EXP_CLOCK_EVENTS_COUNT to its counters.',
      unit: COUNT,
      min: 0,
      w,
      links: runbookLinks('gpu', 'throttleRatio'),
      thresholds: colors(1),
    },
    [{ expr: `sum by (clock_event) (${counted})`, legend: '{{clock_event}}' }],
  );
}

/** Heat into the cooling plane against what it can carry. */
export function cooling(scope: Scope, w: number): Sized {
  return lines(
    {
      title: 'Heat and cooling',
      description:
        'Heat into the cooling plane, the limit here and by all layers above, and what is left ' +
        'after the worst single loss of a CRAH, CDU or chiller.',
      unit: unitOf('heatW'),
      w,
      links: [...runbookLinks(scope.kind, 'heatW'), ...runbookLinks('rack', 'coolingMarginN1W')],
    },
    [
      { expr: series(scope, 'heatW'), legend: 'heat' },
      { expr: series(scope, 'coolingLimitW'), legend: limitLegend('here') },
      {
        expr: `${series(scope, 'heatW')} + ${series(scope, 'coolingHeadroomW')}`,
        legend: limitLegend('by all layers'),
      },
      { expr: series(scope, 'coolingHeadroomW'), legend: 'headroom' },
      { expr: series(scope, 'coolingHeadroomN1W'), legend: 'headroom after a single loss' },
      ...limitLines(scope, 'heatW'),
    ],
  );
}

/** Temperature and memory temperature of each GPU, straight from the exporter. */
export function temperatureOfGpus(gpus: Scope, w: number): Sized {
  return lines(
    {
      title: 'GPU and memory temperature',
      description:
        'Die and memory temperature of each GPU by dcgm-exporter. Compare with the thermal ' +
        'margin of the host, which knows the limit of the model.',
      unit: CELSIUS,
      w,
      links: runbookLinks('gpu', 'gpuTempC', 'gpuMemTempC'),
    },
    [
      { expr: gpuSeries(gpus, 'DCGM_FI_DEV_GPU_TEMP'), legend: '{{gpu}}' },
      { expr: gpuSeries(gpus, 'DCGM_FI_DEV_MEMORY_TEMP'), legend: '{{gpu}} memory' },
    ],
  );
}

/** Every temperature that the BMC reports. */
export function bmcTemperatures(host: Scope, w: number): Sized {
  return lines(
    {
      title: 'Temperatures by the BMC',
      description:
        'All temperature sensors that ipmi_exporter reads from the BMC of this host, by sensor ' +
        'name; for finding the one that disagrees.',
      unit: CELSIUS,
      w,
      links: runbookLinks('host', 'inletTempC', 'cpuTempC'),
    },
    [{ expr: bmcSeries(host, 'ipmi_temperature_celsius'), legend: '{{name}}' }],
  );
}

/** Slowest fan. */
export function fans(host: Scope, w: number): Sized {
  return lines(
    {
      title: 'Fan speed, slowest',
      description: 'Slowest fan of the host. A stopped fan shows here before temperatures move.',
      unit: unitOf('fanSpeedRpm'),
      min: 0,
      w,
      links: runbookLinks('fan', 'fanOkFlag'),
    },
    [{ expr: series(host, 'fanSpeedRpm'), legend: 'slowest fan' }],
  );
}
