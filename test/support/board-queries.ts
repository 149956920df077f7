/** Every query that Grafana would send for the boards, with its variables filled in. */
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';

export interface BoardQuery {
  readonly board: string;
  /** Title of the panel, or the name of the variable or annotation. */
  readonly of: string;
  readonly kind: 'panel' | 'variable' | 'annotation';
  readonly source: 'prometheus' | 'influxdb';
  readonly text: string;
}

interface Target {
  readonly expr?: string;
  readonly query?: string;
}

/** Panels without the rows between them. */
export const panelsOf = (board: Dashboard) =>
  (board.panels ?? []).flatMap(panel =>
    panel.type === 'row' ? [] : [panel as unknown as PanelJson],
  );

/** What the tests read of a panel; the SDK's type leaves options and targets open. */
export interface PanelJson {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description: string;
  readonly gridPos: { x: number; y: number; w: number; h: number };
  readonly datasource: { type: string; uid: string };
  readonly targets: readonly (Target & {
    refId: string;
    datasource: { type: string; uid: string };
  })[];
  readonly links?: readonly { title: string; url: string }[];
  readonly fieldConfig: {
    defaults: {
      unit?: string;
      links?: readonly { url: string }[];
      thresholds?: { steps: readonly unknown[] };
    };
    overrides: readonly { properties: readonly { id: string; value?: unknown }[] }[];
  };
}

export function queriesOf(board: Dashboard): readonly BoardQuery[] {
  const of = (kind: BoardQuery['kind'], name: string, target: Target): BoardQuery => ({
    board: board.uid ?? '',
    of: name,
    kind,
    source: target.expr === undefined ? 'influxdb' : 'prometheus',
    text: target.expr ?? target.query ?? '',
  });
  const panels = panelsOf(board).flatMap(panel =>
    panel.targets.map(target => of('panel', panel.title, target)),
  );
  const variables = (board.templating.list ?? [])
    .filter(variable => variable.type === 'query')
    .map(({ name, query }) =>
      of('variable', name, typeof query === 'string' ? { query } : { expr: query?.query }),
    );
  const annotations = (board.annotations.list ?? []).map(({ name, expr }) =>
    of('annotation', name, { expr }),
  );
  return [...panels, ...variables, ...annotations];
}

/**
 * Puts values in place of `$name`, `${name}` and `${name:regex}`. A variable without a value stays,
 * and fails.
 */
export const substitute = (text: string, values: Readonly<Record<string, string>>): string =>
  text.replace(/\$(?:\{(\w+)(:regex)?\}|(\w+))/g, (whole, braced, regex, bare) => {
    const value = values[braced ?? bare] ?? whole;
    return regex ? value.replace(/[\\^$*+?.()|[\]{}/]/g, '\\$&') : value;
  });

const LABEL_VALUES = /^label_values\((?:(.+), )?(\w+)\)$/s;

/** `label_values(selector, label)` of a variable, taken apart. */
export function labelValues(text: string): { selector: string; label: string } {
  const [, selector, label] = LABEL_VALUES.exec(text) ?? [];
  if (!selector || !label) throw new Error(`not a label_values query: ${text}`);
  return { selector, label };
}
