/**
 * Metric reports of the telemetry service: many sensors in one answer, each with its own time. A
 * value that is fresh stands for the sensor, which then need not be read.
 */
import type { ClockBounds } from '../bmc/clock-offset.ts';
import { at, canonical, type JsonObject, objectsAt, textAt } from './json.ts';

interface ReportedValue {
  /** Canonical path of the sensor. */
  readonly sensor: string;
  readonly value: number;
  /** On our clock. */
  readonly atMs: number;
}

interface ReportContext {
  readonly nowMs: number;
  /** Older values do not stand for a sensor that can be read. */
  readonly maxAgeMs: number;
  readonly clock: ClockBounds | undefined;
  isSensor(path: string): boolean;
  drop(why: string): void;
}

/** Values of known sensors; values of other properties are left alone. */
export function reportedValues(body: JsonObject, context: ReportContext): ReportedValue[] {
  const values: ReportedValue[] = [];
  for (const item of objectsAt(body, 'MetricValues')) {
    const sensor = sensorOf(textAt(item, 'MetricProperty'));
    if (sensor === undefined || !context.isSensor(sensor)) continue;
    const text = at(item, 'MetricValue');
    const value = typeof text === 'number' || typeof text === 'string' ? Number(text) : Number.NaN;
    const atMs = timeOf(item, body, context);
    const why = refusal(item, text, value, atMs, context);
    if (why) context.drop(why);
    else values.push({ sensor, value, atMs });
  }
  return values;
}

function refusal(
  item: JsonObject,
  text: unknown,
  value: number,
  atMs: number,
  context: ReportContext,
): string | undefined {
  if (text === '' || !Number.isFinite(value)) return 'metric value is no number';
  if (at(item, 'Oem.Nvidia.MetricValueStale') === true) return 'metric value marked stale';
  if (!Number.isFinite(atMs)) return 'metric value without time';
  const slackMs = 1_000 + (context.clock?.uncertaintyMs ?? 0);
  if (atMs > context.nowMs + slackMs) return 'metric value from the future';
  return context.nowMs - atMs > context.maxAgeMs ? 'metric value too old' : undefined;
}

/** `/redfish/v1/.../Sensors/x` or the same with `#/Reading`. */
function sensorOf(property: string | undefined): string | undefined {
  const parts = /^([^#]+)(?:#\/Reading)?$/.exec(property ?? '');
  return parts ? canonical(parts[1]) : undefined;
}

function timeOf(item: JsonObject, report: JsonObject, context: ReportContext): number {
  const stated = textAt(item, 'Timestamp') ?? textAt(report, 'Timestamp') ?? '';
  return Math.min(Date.parse(stated) - (context.clock?.offsetMs ?? 0), Number.MAX_SAFE_INTEGER);
}
