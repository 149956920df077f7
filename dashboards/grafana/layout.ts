/** Places panels on the grid and numbers them: the SDK's own flow overflows the 24 columns. */

import type * as cog from '@grafana/grafana-foundation-sdk/cog';
import {
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  type Panel,
  RowBuilder,
  type RowPanel,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { firingAnnotation } from './annotations.ts';
import { boardsMenu } from './links.ts';
import type { Sized } from './panels.ts';
import { type Addresses, BOARD_TAG, BOARD_UIDS, type BoardId } from './settings.ts';
import { runbooksVariable } from './variables.ts';

export const GRID_COLUMNS = 24;

interface Section {
  readonly title: string;
  readonly panels: readonly Sized[];
}

export interface Board {
  readonly id: BoardId;
  readonly title: string;
  readonly description: string;
  readonly from: string;
  readonly to: string;
  readonly variables: readonly cog.Builder<VariableModel>[];
  readonly sections: readonly Section[];
}

/** Oldest schema of Grafana 11, so that 11, 12 and 13 all read it, migrating it forward. */
const SCHEMA_VERSION = 39;

export function dashboard(board: Board, addresses: Addresses): Dashboard {
  const built = new DashboardBuilder(board.title)
    .uid(BOARD_UIDS[board.id])
    .description(board.description)
    .tags([BOARD_TAG])
    .time({ from: board.from, to: board.to })
    .timezone('browser')
    .refresh('30s')
    .tooltip(DashboardCursorSync.Crosshair)
    .readonly()
    .variables([...board.variables, runbooksVariable(addresses)])
    .annotation(firingAnnotation())
    .link(boardsMenu())
    .build();
  return { ...built, schemaVersion: SCHEMA_VERSION, panels: placed(board.sections) };
}

function placed(sections: readonly Section[]): (Panel | RowPanel)[] {
  const panels: (Panel | RowPanel)[] = [];
  let y = 0;
  for (const section of sections) {
    const row = new RowBuilder(section.title).collapsed(false).build();
    panels.push({ ...row, id: panels.length + 1, gridPos: { x: 0, y, w: GRID_COLUMNS, h: 1 } });
    y += 1;
    let x = 0;
    let lineHeight = 0;
    for (const { panel, w, h } of section.panels) {
      if (x + w > GRID_COLUMNS) {
        y += lineHeight;
        x = 0;
        lineHeight = 0;
      }
      panels.push({ ...panel.build(), id: panels.length + 1, gridPos: { x, y, w, h } });
      x += w;
      lineHeight = Math.max(lineHeight, h);
    }
    y += lineHeight;
  }
  return panels;
}
