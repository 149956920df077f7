/**
 * Cells that several series make together (the cores of a host, the filesystems of a disk). Members
 * leave what they have; a group is worked out once when a page or a request is through, so that a
 * sum never mixes half a new round with half an old one, and costs one pass and not one a member.
 */
import { MAX, MEAN, MIN, type Profile, SUM } from './profile.ts';
import type { SeriesColumns } from './series-columns.ts';

export interface Group {
  readonly cell: number;
  readonly entity: number;
  readonly profile: number;
  readonly members: number[];
  isDirty: boolean;
}

const keyOf = (cell: number, profile: number) => `${cell} ${profile}`;

export class Groups {
  readonly list: Group[] = [];
  readonly dirty: Group[] = [];
  private readonly indexOf = new Map<string, number>();
  /** Places in the list of groups that have lost all members. */
  private readonly free: number[] = [];

  clear(): void {
    this.list.length = 0;
    this.dirty.length = 0;
    this.indexOf.clear();
    this.free.length = 0;
  }

  /** Makes a series a member of the group of its cell and profile. */
  join(id: number, columns: SeriesColumns): void {
    const cell = columns.cell[id];
    const profile = columns.profile[id];
    const key = keyOf(cell, profile);
    let index = this.indexOf.get(key);
    if (index === undefined) {
      const entity = columns.entity[id];
      index = this.free.pop() ?? this.list.length;
      this.list[index] = { cell, entity, profile, members: [], isDirty: false };
      this.indexOf.set(key, index);
    }
    this.list[index].members.push(id);
    columns.group[id] = index;
  }

  /** Takes a series out of its group, if it is in one. */
  leave(id: number, columns: SeriesColumns): void {
    const index = columns.group[id];
    if (index < 0) return;
    const { cell, profile, members } = this.list[index];
    members.splice(members.indexOf(id), 1);
    columns.group[id] = -1;
    columns.part[id] = Number.NaN;
    if (members.length > 0) this.touch(index);
    else {
      this.indexOf.delete(keyOf(cell, profile));
      this.free.push(index);
    }
  }

  touch(index: number): void {
    const group = this.list[index];
    if (group.isDirty) return;
    group.isDirty = true;
    this.dirty.push(group);
  }
}

/** Event time of the newest member that adds to the group; NaN when none does. */
export function newestOf(group: Group, columns: SeriesColumns): number {
  let newest = Number.NaN;
  for (const id of group.members) {
    const atMs = columns.lastAtMs[id];
    if (!Number.isNaN(columns.part[id]) && !(atMs <= newest)) newest = atMs;
  }
  return newest;
}

/** The parts of the members that are current at `atMs`, put together; NaN when there are none. */
export function combined(
  group: Group,
  columns: SeriesColumns,
  profile: Profile,
  atMs: number,
): number {
  const oldest = atMs - profile.staleAfterMs;
  let count = 0;
  let sum = 0;
  let highest = Number.NEGATIVE_INFINITY;
  let lowest = Number.POSITIVE_INFINITY;
  for (const id of group.members) {
    const part = columns.part[id];
    if (Number.isNaN(part) || columns.lastAtMs[id] < oldest) continue;
    count++;
    sum += part;
    if (part > highest) highest = part;
    if (part < lowest) lowest = part;
  }
  if (count === 0) return Number.NaN;
  if (profile.combine === SUM) return sum;
  if (profile.combine === MEAN) return sum / count;
  return profile.combine === MAX ? highest : profile.combine === MIN ? lowest : Number.NaN;
}
