/** Results as the JSON of Prometheus, written series by series. */
import type { Result } from '../engine.ts';
import type { Labels } from '../labels.ts';
import { timeText, valueText } from '../number-text.ts';
import type { Samples } from '../values.ts';

const labelsJson = ({ names, values }: Labels) =>
  JSON.stringify(Object.fromEntries(names.map((name, i) => [name, values[i]])));

const pointJson = (atMs: number, value: number) => `[${timeText(atMs)},"${valueText(value)}"]`;

/** Parts of the answer's text, in order. */
export function* resultText(result: Result): Generator<string> {
  yield `{"status":"success","data":{"resultType":"${result.resultType}","result":`;
  if (result.resultType === 'scalar') yield pointJson(result.atMs, result.value);
  else if (result.resultType === 'string') {
    yield `[${timeText(result.atMs)},${JSON.stringify(result.text)}]`;
  } else {
    const { resultType, series } = result;
    yield '[';
    for (let i = 0; i < series.length; i++) {
      yield (i === 0 ? '' : ',') + seriesJson(series[i], resultType === 'vector');
    }
    yield ']';
  }
  yield '}}';
}

function seriesJson({ labels, times, values }: Samples, isInstant: boolean): string {
  const metric = `{"metric":${labelsJson(labels)}`;
  if (isInstant) return `${metric},"value":${pointJson(times[0], values[0])}}`;
  const points = new Array<string>(times.length);
  for (let i = 0; i < times.length; i++) points[i] = pointJson(times[i], values[i]);
  return `${metric},"values":[${points.join(',')}]}`;
}

export const seriesListText = (series: readonly Labels[]) =>
  `[${series.map(labelsJson).join(',')}]`;
