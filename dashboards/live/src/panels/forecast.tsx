/** Forecast of the open entity (or the site): history, band, limit, time to the limit. */
import { useMemo, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import { query } from '../api/client.ts';
import { useResource } from '../api/resource.ts';
import type { Forecast } from '../api/types.ts';
import { useApp } from '../app-context.ts';
import { axesFor, rangeWith } from '../chart/axes.ts';
import { Chart } from '../chart/chart.tsx';
import type { ChartColours } from '../chart/colours.ts';
import { limitLine, useHistory } from '../chart/history-chart.tsx';
import { twinNowMs } from '../clock.ts';
import { formatNumber, titleOf, valueText } from '../format.ts';
import { Failure, Waiting } from '../parts/states.tsx';
import type { Route } from '../route.ts';
import { forecastColumns } from './forecast-columns.ts';
import { limitSentence, modelSentence } from './forecast-words.ts';

const SIGNALS = ['powerW', 'heatW', 'gpusAllocatedCount'];
const HORIZONS = ['1h', '6h', '24h', '7d'];
/** Kinds whose roll-ups the server forecasts. */
const KINDS: ReadonlySet<string> = new Set(['site', 'hall', 'row', 'rack']);
const EVERY_S = 30;

export function ForecastPanel({ route }: { route: Route }) {
  const { floor } = useApp();
  const [signal, setSignal] = useState('powerW');
  const [horizon, setHorizon] = useState('6h');
  const entity = KINDS.has(route.view) ? route.id : floor.site?.id;
  const path = entity && `forecast?${query({ entity, signal, horizon })}`;
  const forecast = useResource<Forecast>(path, { everyS: EVERY_S });
  return (
    <>
      <h3>{entity}</h3>
      <div class="form-row">
        <select
          aria-label="Signal"
          value={signal}
          onChange={event => setSignal(event.currentTarget.value)}
        >
          {SIGNALS.map(id => (
            <option key={id} value={id}>
              {titleOf(id)}
            </option>
          ))}
        </select>
        <select
          aria-label="Horizon"
          value={horizon}
          onChange={event => setHorizon(event.currentTarget.value)}
        >
          {HORIZONS.map(one => (
            <option key={one}>{one}</option>
          ))}
        </select>
      </div>
      {forecast.error && <Failure what="The forecast" error={forecast.error} />}
      {!forecast.value && !forecast.error && <Waiting what="the forecast" />}
      {forecast.value && <ForecastBody forecast={forecast.value} />}
    </>
  );
}

function ForecastBody({ forecast }: { forecast: Forecast }) {
  const { entity, signal } = forecast;
  const history = useHistory(entity, signal, { spanS: forecast.horizonS }).value;
  const columns = useMemo(
    () => forecastColumns(history?.points ?? [], forecast.points),
    [history, forecast],
  );
  const limit = forecast.limit?.value;
  const build = (colours: ChartColours) => forecastOptions(signal, limit, colours);
  return (
    <>
      <Chart
        label={`Forecast of ${titleOf(signal)} of ${entity}`}
        height={220}
        columns={columns}
        build={build}
        kind={`${entity} ${signal} ${limit} ${forecast.horizonS}`}
      />
      <p>{limitSentence(forecast, twinNowMs())}</p>
      <p class="quiet">{modelSentence(forecast)}</p>
      <Backtest forecast={forecast} />
    </>
  );
}

function forecastOptions(
  signal: string,
  limit: number | undefined,
  colours: ChartColours,
): Omit<uPlot.Options, 'width' | 'height'> {
  const quiet = { width: 0, points: { show: false } };
  return {
    legend: { show: false },
    cursor: { y: false },
    axes: axesFor(signal, colours),
    scales: { y: { range: rangeWith(limit) ?? 'auto' } } as uPlot.Scales,
    series: [
      {},
      { label: 'measured', stroke: colours.line, width: 1.5, points: { show: false } },
      {
        label: 'forecast',
        stroke: colours.forecast,
        width: 1.5,
        dash: [5, 3],
        points: { show: false },
      },
      { label: 'upper', ...quiet },
      { label: 'lower', ...quiet },
    ],
    bands: [{ series: [3, 4], fill: colours.band }],
    hooks: limit === undefined ? {} : { draw: [limitLine(limit, colours.limit)] },
  };
}

function Backtest({ forecast }: { forecast: Forecast }) {
  const rows = forecast.backtest ?? [];
  if (rows.length === 0) return null;
  return (
    <table>
      <caption>Back-test</caption>
      <thead>
        <tr>
          <th scope="col">Model</th>
          <th scope="col" class="number">
            MAE
          </th>
          <th scope="col" class="number">
            sMAPE
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map(row => (
          <tr key={row.model} title={row.title} class={row.chosen ? 'is-picked' : ''}>
            <th scope="row">
              {row.model}
              {row.chosen && <em class="chosen">chosen</em>}
            </th>
            <td class="number">{valueText(forecast.signal, row.mae)}</td>
            <td class="number">{formatNumber(row.smape)} %</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
