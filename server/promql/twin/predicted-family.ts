/**
 * The newest forecasts as `<metric>:predicted`, in the way of Grafana's own: the expected value and
 * the bounds of its 95 % band, told apart by the label `ml_forecast`, at times that lie ahead.
 */
import { metricName, SIGNALS, signalIndex, UNITS } from '../../../twin/index.ts';
import type { ForecastAnswer } from '../../forecast/forecasts.ts';
import type { Service } from '../../service.ts';
import type { Labels } from '../labels.ts';
import { entityLabels, type Family, type FamilyQuery, fitsAll, gauge } from './family.ts';

export const PREDICTED = ':predicted';

export function predictedFamilies(service: Service): Family[] {
  const groups = Map.groupBy(service.forecasts.latest(), ({ kind, signal }) =>
    metricName(kind, SIGNALS[signalIndex(signal)]),
  );
  return [...groups].map(([metric, answers]) => predictedFamily(service, metric, answers));
}

function predictedFamily(
  { live }: Service,
  metric: string,
  answers: readonly ForecastAnswer[],
): Family {
  const name = metric + PREDICTED;
  const { title, unit } = SIGNALS[signalIndex(answers[0].signal)];
  const all = async (
    { matchers, budget }: FamilyQuery,
    each: (labels: Labels, values: Float64Array, answer: ForecastAnswer) => void,
  ) => {
    const { topology } = live.twin;
    const labelsAt = entityLabels(topology, name);
    for (const answer of answers) {
      const entity = topology.indexOf(answer.entity);
      if (entity < 0) continue;
      const { yhat, lower95, upper95 } = answer.forecast;
      const lines = { yhat, yhat_lower: lower95, yhat_upper: upper95 };
      for (const [line, values] of Object.entries(lines)) {
        const labels = labelsAt(entity, [['ml_forecast', line]]);
        if (fitsAll(labels, matchers)) each(labels, values, answer);
      }
      await budget.breathe();
    }
  };
  return {
    name,
    help: gauge(`Forecast of: ${title}`, UNITS[unit].metric),
    exists: () => true,
    async select(query) {
      const found: ReturnType<typeof seriesOf>[] = [];
      await all(query, (labels, values, answer) => {
        query.budget.addSeries(1);
        query.budget.addSamples(values.length);
        found.push(seriesOf(labels, values, answer));
      });
      return found;
    },
    visit: (query, each) => all(query, each),
  };
}

/** Points stand at the end of their step, and hold for as long as one. */
function seriesOf(labels: Labels, values: Float64Array, { fromMs, forecast }: ForecastAnswer) {
  const stepMs = 1000 * forecast.stepS;
  const times = values.map((_, i) => fromMs + (i + 1) * stepMs);
  return { labels, times, values, coarse: { untilMs: Number.POSITIVE_INFINITY, holdMs: stepMs } };
}
