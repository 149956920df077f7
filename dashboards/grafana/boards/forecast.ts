/** Forecasts: what fills up, when, and how sure is that? */
import type { Board } from '../layout.ts';
import * as forecast from '../topics/forecast.ts';
import { datasourceVariable } from '../variables.ts';

export const forecastBoard = (): Board => ({
  id: 'forecast',
  title: 'Orrery / Forecast',
  description:
    'Forecasts from InfluxDB beside the measurements from Prometheus, and the limits they reach.',
  from: 'now-24h',
  to: 'now+12h',
  variables: [
    datasourceVariable(),
    forecast.influxVariable(),
    forecast.kindVariable(),
    forecast.entityVariable(),
  ],
  sections: [
    {
      title: 'What fills up first',
      panels: [forecast.timeToLimitTable(14), forecast.timeToLimitOfChosen(10)],
    },
    {
      title: 'Forecasts of the chosen entity',
      panels: [
        forecast.forecastOf(
          { title: 'Power', signal: 'powerW', limit: ['powerW', 'powerHeadroomW'] },
          24,
        ),
        forecast.forecastOf(
          { title: 'Heat', signal: 'heatW', limit: ['heatW', 'coolingHeadroomW'] },
          12,
        ),
        forecast.forecastOf(
          {
            title: 'GPUs allocated',
            signal: 'gpusAllocatedCount',
            limit: ['gpusAllocatableCount'],
          },
          12,
        ),
        forecast.forecastHeld('powerW', 24),
      ],
    },
  ],
});
