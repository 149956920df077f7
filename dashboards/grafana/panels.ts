/** The chart forms of every board, in one house style; what they show is in `topics/`. */
import * as bargauge from '@grafana/grafana-foundation-sdk/bargauge';
import type * as cog from '@grafana/grafana-foundation-sdk/cog';
import {
  BigValueColorMode,
  BigValueGraphMode,
  BigValueTextMode,
  type DataSourceRef,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  type DashboardLinkBuilder,
  type DynamicConfigValue,
  FieldColorBuilder,
  FieldColorModeId,
  type Panel,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as statetimeline from '@grafana/grafana-foundation-sdk/statetimeline';
import * as table from '@grafana/grafana-foundation-sdk/table';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';
import { variable } from './settings.ts';

/** The Prometheus that the reader chose at the top of the board. */
export const PROMETHEUS: DataSourceRef = { type: 'prometheus', uid: variable('datasource') };

/** A panel with its size on the 24-column grid; the layout gives it a place and an id. */
export interface Sized {
  readonly w: number;
  readonly h: number;
  readonly panel: cog.Builder<Panel>;
}

/** A sized panel whose builder the caller may still refine. */
interface Built<P extends cog.Builder<Panel>> extends Sized {
  readonly panel: P;
}

interface About {
  readonly title: string;
  /** The question that the panel answers, and what to know when reading it. */
  readonly description: string;
  /** Grafana unit id. */
  readonly unit: string;
  readonly w: number;
  readonly h?: number;
  readonly links?: DashboardLinkBuilder[];
  /** Links of each value, to the board one level down. */
  readonly dataLinks?: DashboardLinkBuilder[];
  readonly thresholds?: ThresholdsConfigBuilder;
  readonly min?: number;
  readonly max?: number;
  readonly decimals?: number;
}

export interface Query {
  readonly expr: string;
  readonly legend: string;
}

const LIMIT_LEGEND = 'limit';
/** Legend of a limit line; series whose name begins like this are drawn as limits. */
export const limitLegend = (suffix: string) => `${LIMIT_LEGEND} ${suffix}`;

/** What all panel builders of the SDK share, though it names no such interface. */
interface Dressed extends cog.Builder<Panel> {
  title(title: string): this;
  description(description: string): this;
  unit(unit: string): this;
  datasource(datasource: DataSourceRef): this;
  targets(targets: cog.Builder<cog.Dataquery>[]): this;
  links(links: DashboardLinkBuilder[]): this;
  dataLinks(links: DashboardLinkBuilder[]): this;
  thresholds(thresholds: ThresholdsConfigBuilder): this;
  min(min: number): this;
  max(max: number): this;
  decimals(decimals: number): this;
  noValue(text: string): this;
}

/** Missing is not zero: an empty answer is shown as such everywhere. */
const NO_VALUE = 'no data';

/** Without any thresholds Grafana would colour every value above 80 red. */
const neutral = () =>
  new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps([{ value: null, color: 'blue' }]);

function dress<P extends Dressed>(panel: P, about: About): P {
  panel.title(about.title).description(about.description).unit(about.unit).datasource(PROMETHEUS);
  panel.noValue(NO_VALUE);
  if (about.links) panel.links(about.links);
  if (about.dataLinks) panel.dataLinks(about.dataLinks);
  panel.thresholds(about.thresholds ?? neutral());
  if (about.min !== undefined) panel.min(about.min);
  if (about.max !== undefined) panel.max(about.max);
  if (about.decimals !== undefined) panel.decimals(about.decimals);
  return panel;
}

const refId = (index: number) => String.fromCharCode(65 + index);

export const rangeQuery = (query: Query, index: number): DataqueryBuilder =>
  new DataqueryBuilder()
    .refId(refId(index))
    .datasource(PROMETHEUS)
    .expr(query.expr)
    .legendFormat(query.legend)
    .range();

const instantQuery = (query: Query, index: number): DataqueryBuilder =>
  new DataqueryBuilder()
    .refId(refId(index))
    .datasource(PROMETHEUS)
    .expr(query.expr)
    .legendFormat(query.legend)
    .instant();

export const fixedColor = (color: string): DynamicConfigValue => ({
  id: 'color',
  value: { mode: 'fixed', fixedColor: color },
});

/** Limits stand out from what they bound: a dashed red line, neither filled nor stacked. */
const LIMIT_LINE: DynamicConfigValue[] = [
  fixedColor('red'),
  { id: 'custom.lineStyle', value: { fill: 'dash', dash: [10, 10] } },
  { id: 'custom.lineWidth', value: 2 },
  { id: 'custom.fillOpacity', value: 0 },
  { id: 'custom.stacking', value: { mode: 'none', group: 'limits' } },
];

const bottomLegend = () =>
  new VizLegendOptionsBuilder()
    .displayMode(LegendDisplayMode.List)
    .placement(LegendPlacement.Bottom)
    .showLegend(true)
    .calcs([]);

const tooltip = () =>
  new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending);

/** Lines over time; series named by `limitLegend` are limits. */
export function lines(about: About, queries: readonly Query[]): Built<timeseries.PanelBuilder> {
  const panel = dress(new timeseries.PanelBuilder(), about)
    .targets(queries.map(rangeQuery))
    .legend(bottomLegend())
    .tooltip(tooltip())
    .fillOpacity(5)
    .lineWidth(1)
    .showPoints(VisibilityMode.Never)
    // a gap in the samples is a gap in the line
    .spanNulls(false)
    .overrideByRegexp(`/^${LIMIT_LEGEND}( .*)?$/`, LIMIT_LINE);
  if (about.thresholds) {
    panel.thresholdsStyle(
      new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed),
    );
  }
  return { w: about.w, h: about.h ?? 8, panel };
}

/** Lines that add up to a whole. */
export function stacked(about: About, queries: readonly Query[]): Sized {
  const { panel, w, h } = lines(about, queries);
  panel.fillOpacity(30).stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
  return { panel, w, h };
}

/** Present values, large. */
export function stats(about: About, queries: readonly Query[]): Built<stat.PanelBuilder> {
  const panel = dress(new stat.PanelBuilder(), about)
    .targets(queries.map(instantQuery))
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false))
    .graphMode(BigValueGraphMode.None)
    .colorMode(about.thresholds ? BigValueColorMode.Background : BigValueColorMode.Value)
    .textMode(queries.length > 1 ? BigValueTextMode.ValueAndName : BigValueTextMode.Auto);
  return { w: about.w, h: about.h ?? 4, panel };
}

/** Present values of many things, as bars. */
export function bars(about: About, query: Query): Sized {
  const panel = dress(new bargauge.PanelBuilder(), about)
    .targets([instantQuery(query, 0)])
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false))
    .orientation(VizOrientation.Horizontal);
  return { w: about.w, h: about.h ?? 8, panel };
}

/** States over time, one strip a thing. */
export function timeline(
  about: About,
  queries: readonly Query[],
): Built<statetimeline.PanelBuilder> {
  const panel = dress(new statetimeline.PanelBuilder(), about)
    .targets(queries.map(rangeQuery))
    .legend(bottomLegend())
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.Thresholds))
    .showValue(VisibilityMode.Auto)
    .mergeValues(true)
    .spanNulls(false);
  return { w: about.w, h: about.h ?? 8, panel };
}

/** A column of a table: its query gives one value for each row. */
export interface Column {
  readonly title: string;
  readonly expr: string;
  readonly unit: string;
}

/**
 * A table with one row for each combination of the labels `keys`, which every column's query keeps;
 * `links` hang on the first key that has one.
 */
export function grid(
  about: About,
  keys: readonly string[],
  columns: readonly Column[],
  links: Readonly<Record<string, DashboardLinkBuilder>> = {},
): Sized {
  const panel = dress(new table.PanelBuilder(), about)
    .targets(
      columns.map((column, index) =>
        instantQuery({ expr: column.expr, legend: column.title }, index).format(
          PromQueryFormat.Table,
        ),
      ),
    )
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({ id: 'organize', options: organized(keys, columns) })
    .filterable(true);
  for (const column of columns) {
    panel.overrideByName(column.title, [{ id: 'unit', value: column.unit }]);
  }
  for (const [key, link] of Object.entries(links)) {
    panel.overrideByName(key, [{ id: 'links', value: [link.build()] }]);
  }
  return { w: about.w, h: about.h ?? 8, panel };
}

/** A lone query names its column `Value`, several `Value #A`, `Value #B`. */
function organized(keys: readonly string[], columns: readonly Column[]) {
  const field = (index: number) => (columns.length === 1 ? 'Value' : `Value #${refId(index)}`);
  return {
    excludeByName: { Time: true },
    indexByName: Object.fromEntries([
      ...keys.map((key, index) => [key, index]),
      ...columns.map((_, index) => [field(index), keys.length + index]),
    ]),
    renameByName: Object.fromEntries(columns.map((column, index) => [field(index), column.title])),
  };
}
