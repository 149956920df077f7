/** The boards as files: what a linter of dashboards would ask, without a Grafana server. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import test from 'node:test';
import { parser } from '@prometheus-io/lezer-promql';
import { buildBoards, buildFiles, GENERATED_DIR } from '../../dashboards/grafana/build.ts';
import { GRID_COLUMNS } from '../../dashboards/grafana/layout.ts';
import { limitColors } from '../../dashboards/grafana/limits.ts';
import { limitsOn, SITE, series } from '../../dashboards/grafana/promql.ts';
import { FORWARDED_PATTERN } from '../../dashboards/grafana/provisioning.ts';
import { ruleGroups, unruledLimits } from '../../dashboards/grafana/rules.ts';
import { BOARD_UIDS, DEFAULT_ADDRESSES } from '../../dashboards/grafana/settings.ts';
import { MAPPINGS } from '../../server/ingest/mappings/index.ts';
import {
  forecastMetricName,
  KINDS,
  LIMITS,
  limitMetricName,
  metricName,
  SIGNALS,
} from '../../twin/index.ts';
import {
  labelValues,
  type PanelJson,
  panelsOf,
  queriesOf,
  substitute,
} from '../support/board-queries.ts';

const BOARDS = buildBoards();
const PANELS = BOARDS.flatMap(board =>
  panelsOf(board).map(panel => ({ where: `${board.uid}: ${panel.title}`, panel })),
);
const QUERIES = BOARDS.flatMap(queriesOf);

/** Any value that keeps the syntax will do; a variable left out stays and fails to parse. */
const VALUES = {
  ...{ site: 's', row: '.*', rack: 'r', host: 'h', gpu: '.*', kind: 'rack', entity: 'e' },
  ...{ __rate_interval: '1m', __interval: '1m', datasource: 'p' },
};

/** Syntax errors of a PromQL expression, as the text around each. */
function syntaxErrors(expr: string): string[] {
  const errors: string[] = [];
  parser.parse(expr).iterate({
    enter(node) {
      if (node.type.isError) errors.push(expr.slice(Math.max(0, node.from - 20), node.to + 20));
    },
  });
  return errors;
}

test('the parser used for the checks does find errors', () => {
  assert.deepEqual(syntaxErrors('sum by (a) (rate(b{c="d"}[5m]))'), []);
  assert.notDeepEqual(syntaxErrors('sum by (a) (rate(b{c="d"}[5m])'), []);
  assert.notDeepEqual(syntaxErrors('rate(b[$__rate_interval])'), []);
});

test('the committed files are those that the sources build', () => {
  const built = buildFiles();
  const committed = filesUnder(GENERATED_DIR);
  assert.deepEqual(committed.toSorted(), [...built.keys()].toSorted(), 'run build:grafana');
  for (const [path, content] of built) {
    const file = readFileSync(join(GENERATED_DIR, path), 'utf8');
    assert.ok(file === content, `${path} is behind its sources: run build:grafana`);
  }
});

test('the addresses given to the build reach boards, rules and configuration', () => {
  const files = buildFiles({ ...DEFAULT_ADDRESSES, runbooksUrl: 'https://wiki.test/runbooks' });
  const board = files.get('boards/orrery-site.json') ?? '';
  assert.match(board, /https:\/\/wiki\.test\/runbooks/);
  assert.match(files.get('prometheus/orrery.rules.yml') ?? '', /wiki\.test\/runbooks#site-power/);
  assert.ok(!board.includes(DEFAULT_ADDRESSES.runbooksUrl));
});

test('uids are stable, titles and uids unique, boards read-only and tagged', () => {
  assert.deepEqual(
    BOARDS.map(board => board.uid),
    Object.values(BOARD_UIDS),
  );
  assert.equal(new Set(BOARDS.map(board => board.title)).size, BOARDS.length);
  for (const board of BOARDS) {
    assert.equal(board.editable, false);
    assert.deepEqual(board.tags, ['orrery']);
    assert.ok(board.schemaVersion <= 39, 'Grafana 11 must know the schema');
    assert.ok(
      board.links?.some(link => link.tags.includes('orrery')),
      'menu of boards',
    );
  }
});

test('panels have a title, a description, a unit and a query', () => {
  for (const { where, panel } of PANELS) {
    assert.ok(panel.title.length > 0, where);
    assert.ok(panel.description.length > 30, `${where}: description`);
    assert.ok(panel.fieldConfig.defaults.unit, `${where}: unit`);
    assert.ok(panel.targets.length > 0, `${where}: queries`);
    const refIds = panel.targets.map(target => target.refId);
    assert.equal(new Set(refIds).size, refIds.length, `${where}: refIds`);
  }
});

test('every panel asks a data source that the reader chose', () => {
  const chosen = [
    { type: 'prometheus', uid: '$' + '{datasource}' },
    { type: 'influxdb', uid: '$' + '{influx}' },
  ];
  const isChosen = (ref: unknown) =>
    chosen.some(one => JSON.stringify(one) === JSON.stringify(ref));
  for (const board of BOARDS) {
    const names = (board.templating.list ?? [])
      .filter(variable => variable.type === 'datasource')
      .map(variable => variable.name);
    assert.deepEqual(
      names,
      board.uid === BOARD_UIDS.forecast ? ['datasource', 'influx'] : ['datasource'],
    );
  }
  for (const { where, panel } of PANELS) {
    const mixed = panel.datasource.uid === '-- Mixed --';
    assert.ok(mixed || isChosen(panel.datasource), `${where}: ${panel.datasource.uid}`);
    for (const target of panel.targets) assert.ok(isChosen(target.datasource), where);
  }
});

test('panels lie within 24 columns, none over another, ids unique', () => {
  for (const board of BOARDS) {
    const all = board.panels ?? [];
    assert.equal(new Set(all.map(panel => panel.id)).size, all.length, board.uid);
    const taken = new Map<string, string>();
    for (const panel of all as unknown as PanelJson[]) {
      const { x, y, w, h } = panel.gridPos;
      assert.ok(x >= 0 && w > 0 && h > 0 && x + w <= GRID_COLUMNS, `${board.uid}: ${panel.title}`);
      for (let cell = 0; cell < w * h; cell++) {
        const key = `${x + (cell % w)},${y + Math.floor(cell / w)}`;
        assert.equal(taken.get(key), undefined, `${panel.title} over ${taken.get(key)}`);
        taken.set(key, panel.title);
      }
    }
  }
});

test('every PromQL of panels, variables and annotations parses', () => {
  const promql = QUERIES.filter(query => query.source === 'prometheus');
  assert.ok(promql.length > 200, 'the boards have their queries');
  for (const { board, of, kind, text } of promql) {
    const expr = kind === 'variable' ? labelValues(text).selector : text;
    assert.deepEqual(syntaxErrors(substitute(expr, VALUES)), [], `${board}: ${of}: ${text}`);
  }
});

test('ranges are the rate interval, and counters are never shown without a rate', () => {
  for (const { board, of, text, source } of QUERIES) {
    if (source === 'influxdb') continue;
    for (const [range] of text.matchAll(/\[[^\]]*\]/g)) {
      if (/^\[[\^0-9]/.test(range)) continue; // a character class in a label pattern
      assert.equal(range, '[$__rate_interval]', `${board}: ${of}`);
    }
    for (const [counter] of text.matchAll(/\b\w+_total\b/g)) {
      assert.ok(text.includes(`rate(${counter}`), `${board}: ${of}: ${counter} without a rate`);
    }
  }
});

test('InfluxQL has both time bounds, or InfluxDB hides the future', () => {
  const influxql = QUERIES.filter(query => query.source === 'influxdb' && query.kind === 'panel');
  assert.ok(influxql.length > 0);
  for (const { of, text } of influxql) assert.match(text, /\$timeFilter GROUP BY time/, of);
});

test('links lead to boards that exist, with variables that they have', () => {
  const urls = PANELS.flatMap(({ where, panel }) => linkUrls(panel).map(url => ({ where, url })));
  const toBoards = urls.filter(({ url }) => url.startsWith('/d/'));
  assert.ok(toBoards.length >= 6);
  for (const { where, url } of toBoards) {
    const [, uid, query] = /^\/d\/([^?]+)\?(.*)$/.exec(url) ?? [];
    const board = BOARDS.find(one => one.uid === uid);
    assert.ok(board, `${where}: ${url}`);
    const names = (board.templating.list ?? []).map(variable => `var-${variable.name}`);
    for (const [, name] of query.matchAll(/(var-[^=&]+)=/g)) {
      assert.ok(names.includes(name), `${where}: ${uid} has no ${name}`);
    }
  }
});

test('runbook links name the sections of the limits table', () => {
  const known = new Set(LIMITS.map(limit => limit.runbook));
  const sections = PANELS.flatMap(({ panel }) =>
    (panel.links ?? []).map(link => link.url.replace('$' + '{runbooks}#', '')),
  );
  assert.ok(sections.length > 40);
  for (const section of sections) assert.ok(known.has(section), section);
});

test('a panel of a signal that its level does not have is refused', () => {
  assert.throws(() => series(SITE, 'fanSpeedRpm'), /'fanSpeedRpm' has no value at site/);
});

test('threshold colours come from the limits table, in the order of the values', () => {
  const colorsOf = (...args: Parameters<typeof limitColors>) => limitColors(...args).build().steps;
  assert.deepEqual(colorsOf('rack', 'inletTempC'), [
    { value: null, color: 'green' },
    { value: 27, color: 'orange' },
    { value: 35, color: 'red' },
  ]);
  assert.deepEqual(colorsOf('gpu', 'gpuThermalMarginK'), [
    { value: null, color: 'red' },
    { value: -2, color: 'orange' },
    { value: 0, color: 'orange' },
    { value: 3, color: 'green' },
  ]);
  assert.deepEqual(colorsOf('site', 'powerW'), [{ value: null, color: 'green' }]);
});

test('every limit has a rule at each of its kinds, or a stated reason', () => {
  const rules = ruleGroups(DEFAULT_ADDRESSES).flatMap(group => group.rules);
  const unruled = new Set(unruledLimits().map(one => one.limit));
  for (const limit of LIMITS) {
    const kinds = rules
      .filter(rule => rule.labels.limit === limit.id)
      .map(rule => rule.labels.kind);
    if (unruled.has(limit.id)) assert.deepEqual(kinds, []);
    else
      assert.deepEqual(kinds, limit.kind === 'uniform' ? [limit.within] : [...limit.at], limit.id);
  }
  for (const rule of rules) {
    assert.deepEqual(syntaxErrors(rule.expr), [], rule.alert);
    assert.match(rule.labels.severity, /^(info|warning|critical)$/);
    assert.match(rule.annotations.runbook_url, /^http.*#[a-z0-9-]+$/, rule.alert);
  }
});

test('every rule leads to a section of the runbooks', () => {
  const text = readFileSync(new URL('../../docs/runbooks.md', import.meta.url), 'utf8');
  const sections = new Set(
    [...text.matchAll(/^##+ (.+)$/gm)].map(([, heading]) =>
      heading.toLowerCase().replaceAll(' ', '-'),
    ),
  );
  const rules = ruleGroups(DEFAULT_ADDRESSES).flatMap(group => group.rules);
  const lost = rules.filter(rule => !sections.has(rule.annotations.runbook_url.split('#')[1]));
  assert.deepEqual(
    lost.map(rule => rule.alert),
    [],
  );
});

test('remote-write sends every metric that a mapping reads, and nothing of Orrery or Go', () => {
  const pattern = new RegExp(`^${FORWARDED_PATTERN}$`);
  const read = MAPPINGS.flatMap(mapping => mapping.rows.flatMap(row => row.metrics));
  assert.ok(read.length > 300);
  // What Orrery's own scraper says of its targets is not sent by anyone.
  const foreign = read.filter(name => !name.startsWith('orrery_target_'));
  assert.deepEqual(
    foreign.filter(name => !pattern.test(name)),
    [],
  );
  for (const name of ['orrery_rack_power_watts', 'go_goroutines', 'prometheus_tsdb_head_series']) {
    assert.doesNotMatch(name, pattern);
  }
});

test('no panel falls back to the thresholds of Grafana, red above 80', () => {
  for (const { where, panel } of PANELS) {
    assert.ok(panel.fieldConfig.defaults.thresholds?.steps.length, where);
  }
});

test('no two metrics share a name: signals, their limits and their forecasts', () => {
  const names = SIGNALS.flatMap(signal =>
    KINDS.flatMap(({ id }) =>
      [metricName, limitMetricName, forecastMetricName].map(name => name(id, signal)),
    ),
  );
  assert.equal(new Set(names).size, names.length);
  assert.equal(limitsOn('site', 'pueRatio').length, 1);
});

function filesUnder(dir: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8' })
    .map(path => join(dir, path))
    .filter(path => statSync(path).isFile())
    .map(path => relative(dir, path));
}

function linkUrls(panel: PanelJson): string[] {
  const overridden = panel.fieldConfig.overrides
    .flatMap(override => override.properties)
    .filter(property => property.id === 'links')
    .flatMap(property => property.value as { url: string }[]);
  return [...(panel.fieldConfig.defaults.links ?? []), ...overridden].map(link => link.url);
}
