/** `state`, `unmatched`, `headroom`, `forecast`: what the live model says. */
import type { Command } from 'commander';
import { humanLimit, humanValue } from '../human-value.ts';
import { type ClientOptions, call, withClientOptions } from './client.ts';
import { AT_OPTION, isoInstant } from './instant.ts';
import { printJson, printLine, printTable } from './output.ts';
import type { Go } from './run.ts';

type Options = ClientOptions & { json?: boolean };

const json = (command: Command) => withClientOptions(command).option('--json', 'print JSON');

interface Value {
  readonly value: number | string | null;
  readonly unit: string;
  readonly ageS?: number;
  readonly quality: string;
  readonly limit?: { id: string; value: number; compare: string; breached: boolean };
}

interface State {
  readonly id: string;
  readonly kind: string;
  readonly signals: Record<string, Value>;
}

export function stateCommand(program: Command, go: Go) {
  json(program.command('state').argument('[entity]', 'entity id; the site unless given'))
    .description('what is true now of an entity: values with age and quality')
    .option('--all', 'missing signals too')
    .option(...AT_OPTION)
    .action((entity: string | undefined, options: Options & { all?: boolean; at?: string }) =>
      go(async () => {
        const at = atQuery(options.at);
        const id = entity ?? (await siteId(options));
        const state = await call<State>(options, `/api/v1/state/${encodeURIComponent(id)}${at}`);
        if (options.json) printJson(state);
        else printState(state, options.all === true);
        if (!options.json && entity === undefined && at === '') {
          printIntake(await call(options, '/api/v1/ingest'));
          printModels(await call(options, '/api/v1/gpu-models'));
        }
        return 0;
      }),
    );
}

/** The query that asks the same of a past instant. */
export const atQuery = (text: string | undefined) =>
  text === undefined ? '' : `?at=${isoInstant('--at', text)}`;

async function siteId(options: ClientOptions): Promise<string> {
  const { items } = await call<{ items: { id: string }[] }>(options, '/api/v1/entities?kind=site');
  return items[0].id;
}

function printState(state: State, all: boolean) {
  const rows = Object.entries(state.signals)
    .filter(([, value]) => all || value.quality !== 'missing')
    .map(([name, { value, unit, ageS, quality, limit }]) => [
      name,
      humanValue(value, unit, name),
      ageS === undefined ? '-' : `${ageS.toFixed(0)} s`,
      quality,
      limit ? `${humanLimit(limit, unit, name)} ${limit.id}` : '',
      limit?.breached ? 'BREACHED' : '',
    ]);
  printLine(`${state.kind} ${state.id}`);
  printTable(['signal', 'value', 'age', 'quality', 'limit', ''], rows);
}

/** GPUs that are not what the inventory says, or of which it says nothing. */
function printModels({ items }: { items: readonly { remark?: string }[] }) {
  for (const { remark } of items) if (remark) printLine(remark);
}

/** What came in since the start, and what of it was not taken, by reason. */
function printIntake({ all }: { all: Readonly<Record<string, number>> }) {
  const { accepted = 0, ...rest } = all;
  const reasons = Object.entries(rest)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([reason, count]) => `${reason} ${count}`);
  const others = reasons.length > 0 ? reasons.join(', ') : 'none';
  printLine(`samples: ${accepted} taken; not taken: ${others}`);
}

interface Unmatched {
  readonly items: {
    metric: string;
    source: string;
    identity: Record<string, string>;
    why: string;
    detail: string;
    count: number;
    candidates: { id: string }[];
  }[];
  readonly totals: { entries: number; overflow: number };
  readonly unwiredOutlets: { pdu: string; series: string; powerW: number }[];
  readonly unmapped: { metric: string; count: number }[];
}

export function unmatchedCommand(program: Command, go: Go) {
  json(program.command('unmatched'))
    .description('series that could not be joined to an entity, and the nearest candidates')
    .action((options: Options) =>
      go(async () => {
        const answer = await call<Unmatched>(options, '/api/v1/unmatched?limit=1000');
        if (options.json) printJson(answer);
        else {
          printUnmatched(answer);
          const outlets = answer.unwiredOutlets.map(({ pdu, series, powerW }) => [
            pdu,
            `${Math.round(powerW)} W`,
            series,
          ]);
          if (outlets.length > 0) printTable(['PDU', 'without a known cord', 'outlet'], outlets);
          printLine(`${answer.unmapped.length} metrics that no mapping knows`);
        }
        return 0;
      }),
    );
}

/** A line for each name that leads nowhere: an unknown host has dozens of metrics under one. */
function printUnmatched({ items, totals }: Unmatched) {
  const identityOf = ({ identity }: Unmatched['items'][number]) =>
    Object.entries(identity)
      .map(([label, value]) => `${label}=${value}`)
      .join(' ');
  const rows = [...Map.groupBy(items, item => `${item.why} ${identityOf(item)}`).values()].map(
    ([first, ...others]) => [
      others.length > 0 ? `${first.metric} and ${others.length} more` : first.metric,
      identityOf(first),
      // What is not known shows in the names; what contradicts what does not.
      first.why === 'unknown' ? first.why : `${first.why}: ${first.detail}`,
      String([first, ...others].reduce((sum, { count }) => sum + count, 0)),
      first.candidates.map(({ id }) => id).join(', '),
    ],
  );
  printLine(`${totals.entries} series without an entity`);
  if (rows.length > 0) printTable(['metric', 'identity', 'why', 'count', 'nearest'], rows);
  const unshown = totals.entries - items.length;
  if (unshown > 0) printLine(`and ${unshown} series with fewer samples`);
}

interface Layer {
  readonly id: string;
  readonly kind: string;
  readonly share: number;
  readonly load: number;
  readonly limit: number | null;
}
interface Plane {
  readonly unit: string;
  readonly headroom: number | null;
  readonly headroomN1: number | null;
  readonly chain: Layer[];
  readonly n1: { loss: string | null; chain: Layer[] };
}

export function headroomCommand(program: Command, go: Go) {
  json(program.command('headroom').argument('[entity]', 'entity id; the site unless given'))
    .description('what can still be added at an entity, and the chain of layers that says so')
    .option(...AT_OPTION)
    .action((entity: string | undefined, options: Options & { at?: string }) =>
      go(async () => {
        const id = entity ?? (await siteId(options));
        const path = `/api/v1/headroom/${encodeURIComponent(id)}${atQuery(options.at)}`;
        const answer = await call<{ planes: Record<string, Plane | null> }>(options, path);
        if (options.json) printJson(answer);
        else printHeadroom(id, answer.planes);
        return 0;
      }),
    );
}

function printHeadroom(id: string, planes: Record<string, Plane | null>) {
  for (const [name, plane] of Object.entries(planes)) {
    if (!plane) continue;
    if (plane.headroom === null) {
      printLine(`${id} ${name}: no limit is known`);
      continue;
    }
    const show = (value: number | null) =>
      value === null ? 'no limit' : humanValue(value, plane.unit);
    const chain = (layers: readonly Layer[]) =>
      layers
        .map(({ id: at, load, limit }) => `${at} (${show(load)} of ${show(limit)})`)
        .join(' > ');
    printLine(`${id} ${name}: ${show(plane.headroom)} free\n  ${chain(plane.chain)}`);
    const loss = plane.n1.loss === null ? 'any single loss' : `the loss of ${plane.n1.loss}`;
    printLine(`  ${show(plane.headroomN1)} after ${loss}: ${chain(plane.n1.chain)}`);
  }
}

interface ForecastAnswer {
  readonly unit: string;
  readonly model: string;
  readonly reason: string;
  readonly origins: number;
  readonly now: number | null;
  readonly points: { at: string; yhat: number; yhatLower: number; yhatUpper: number }[];
  readonly backtest: { id?: string; model?: string; mae?: number; smape?: number }[];
  readonly timeToLimit: {
    at: string | null;
    earliest: string;
    entity: string;
    limit: number;
  } | null;
}

export function forecastCommand(program: Command, go: Go) {
  json(
    program
      .command('forecast')
      .argument('[entity]', 'entity id; the site unless given')
      .argument('[signal]', 'signal', 'powerW'),
  )
    .description('what is to come of a roll-up, with its band and the time to the limit')
    .option('--horizon <duration>', '90m, 6h, 2d', '6h')
    .action((entity: string | undefined, signal: string, options: Options & { horizon: string }) =>
      go(async () => {
        const id = entity ?? (await siteId(options));
        const query = new URLSearchParams({ entity: id, signal, horizon: options.horizon });
        const answer = await call<ForecastAnswer>(options, `/api/v1/forecast?${query}`);
        if (options.json) printJson(answer);
        else printForecast(id, signal, answer);
        return 0;
      }),
    );
}

function printForecast(id: string, signal: string, answer: ForecastAnswer) {
  const { unit, points, timeToLimit } = answer;
  const show = (value: number | null) => humanValue(value, unit, signal);
  printLine(`${id} ${signal}: ${show(answer.now)} now; ${answer.model}`);
  printLine(`  ${answer.reason}`);
  const step = Math.max(1, Math.floor(points.length / 8));
  const shown = points.filter((_, i) => i % step === step - 1);
  const rows = shown.map(({ at, yhat, yhatLower, yhatUpper }) => [
    at,
    ...[yhat, yhatLower, yhatUpper].map(show),
  ]);
  if (rows.length > 0) printTable(['at', 'forecast', 'lower 95', 'upper 95'], rows);
  const limit = timeToLimit
    ? `${show(timeToLimit.limit)} (${timeToLimit.entity}) ${
        timeToLimit.at ? `reached at ${timeToLimit.at}` : `perhaps from ${timeToLimit.earliest}`
      }`
    : answer.origins === 0
      ? 'too few values yet to say when a limit is reached'
      : 'no limit is reached within the horizon';
  printLine(`  ${limit}`);
}
