/** What a combined value is made of, for people to read. */
import type { SeriesTable } from './series-table.ts';

interface SeriesPart {
  /** Name and labels, as in a page. */
  readonly series: string;
  /** What it adds, in the signal's unit. */
  readonly value: number;
}

/** The series that together make a cell's value. Slow: it goes through all groups. */
export function partsOf(table: SeriesTable, cell: number): SeriesPart[] {
  const { groups, profiles, columns } = table;
  const members = groups.list.filter(group => group.cell === cell).flatMap(group => group.members);
  return members.map(id => {
    const { scale, offset } = profiles.list[columns.profile[id]];
    return { series: table.describe(id), value: columns.part[id] * scale + offset };
  });
}
