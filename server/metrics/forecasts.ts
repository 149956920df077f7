/** The newest forecasts, for the end of their horizon, and the time until a limit is reached. */
import { forecastMetricName, SIGNALS, signalIndex } from '../../twin/index.ts';
import type { ForecastAnswer } from '../forecast/forecasts.ts';
import type { Service } from '../service.ts';
import type { Places } from './places.ts';
import { label, labels, type Writer } from './writer.ts';

export function writeForecasts(writer: Writer, service: Service, places: Places) {
  const { topology } = service.live.twin;
  const known = service.forecasts.latest().filter(({ entity }) => topology.indexOf(entity) >= 0);
  const families = Map.groupBy(known, ({ kind, signal }) =>
    forecastMetricName(kind, SIGNALS[signalIndex(signal)]),
  );
  for (const [name, members] of families) {
    writer.family(name, 'Value forecast for the end of the horizon, with its 95 % band');
    for (const answer of members) {
      writeBand(writer, places.labelsOf(topology.indexOf(answer.entity)), answer);
    }
  }
  writer.family('orrery_time_to_limit_seconds', 'Forecast time until a limit is reached');
  const nowMs = service.live.clock.now();
  for (const { entity, kind, signal, limit, fromMs } of known) {
    if (limit?.time?.atS == null) continue;
    const place = { kind, entity, signal, limit: limit.entity };
    writer.sample(
      labels(Object.entries(place)),
      Math.max(0, limit.time.atS - (nowMs - fromMs) / 1000),
    );
  }
}

function writeBand(writer: Writer, place: string, { forecast }: ForecastAnswer) {
  const { yhat, lower95, upper95, stepS } = forecast;
  const end = yhat.length - 1;
  const horizon = label('horizon', durationText(yhat.length * stepS));
  const band = { yhat: yhat[end], yhat_lower: lower95[end], yhat_upper: upper95[end] };
  for (const [name, value] of Object.entries(band)) {
    writer.sample(`${place},${horizon},${label('ml_forecast', name)}`, value);
  }
}

/** `6h`, `90m` */
const durationText = (seconds: number) =>
  seconds % 3600 === 0 ? `${seconds / 3600}h` : `${Math.round(seconds / 60)}m`;
