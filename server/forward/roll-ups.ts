/** One-minute roll-ups (minimum, maximum, mean, last, count) of what a sampler reads. */
import type { Group, Move, Slice } from './group.ts';
import type { Round } from './sampler.ts';

const ROLL_UPS = ['min', 'max', 'mean', 'last', 'count'] as const;
/** The measurement of a kind's roll-ups is that of the kind with this at its end. */
const ROLL_UP_SUFFIX = '_1m';

const WIDTH = ROLL_UPS.length;
const [MIN, MAX, MEAN, LAST, COUNT] = [0, 1, 2, 3, 4];
const MINUTE_MS = 60_000;

interface RollUps {
  /** Takes a round in. @returns the roll-ups of the minutes that ended with it. */
  take(round: Round): readonly Slice[];
  /** The roll-ups of the minute that has not ended. */
  rest(): readonly Slice[];
}

/** One minute of a group. `values` are those of its roll-up, the mean still being a sum. */
interface Minute {
  readonly group: Group;
  readonly startMs: number;
  readonly values: Float64Array;
}

export function createRollUps(): RollUps {
  const open = new Map<Group, Minute>();

  function close(minute: Minute): Slice[] {
    open.delete(minute.group);
    return sliceOf(minute);
  }

  function move(each: Move): Slice[] {
    const from = open.get(each.from);
    if (!from) return [];
    if (each.to) open.set(each.to, carried(from, each, each.to));
    return close(leftBehind(from, each));
  }

  return {
    take({ atMs, slices, moves }) {
      const done = moves.flatMap(move);
      const startMs = Math.floor(atMs / MINUTE_MS) * MINUTE_MS;
      for (const minute of [...open.values()]) {
        if (minute.startMs !== startMs) done.push(...close(minute));
      }
      for (const slice of slices) {
        if (!hasValue(slice)) continue;
        const minute = open.get(slice.group) ?? emptyMinute(slice.group, startMs);
        open.set(slice.group, minute);
        add(minute.values, slice.values);
      }
      return done;
    },
    rest: () => [...open.values()].flatMap(close),
  };
}

/** What ends with its old group is a slice of marks only. */
const hasValue = ({ values }: Slice) => values.some(value => Number.isFinite(value));

function emptyMinute(group: Group, startMs: number): Minute {
  const values = new Float64Array(group.count * group.fields.length * WIDTH).fill(Number.NaN);
  return { group, startMs, values };
}

function add(minute: Float64Array, values: Float64Array) {
  for (let i = 0, at = 0; i < values.length; i++, at += WIDTH) {
    const value = values[i];
    if (!Number.isFinite(value)) continue;
    if (Number.isNaN(minute[at + COUNT])) {
      minute.fill(value, at, at + COUNT);
      minute[at + COUNT] = 1;
      continue;
    }
    if (value < minute[at + MIN]) minute[at + MIN] = value;
    if (value > minute[at + MAX]) minute[at + MAX] = value;
    minute[at + MEAN] += value;
    minute[at + LAST] = value;
    minute[at + COUNT]++;
  }
}

function sliceOf({ group, startMs, values }: Minute): Slice[] {
  let count = 0;
  for (let at = 0; at < values.length; at += WIDTH) {
    if (Number.isNaN(values[at + COUNT])) continue;
    values[at + MEAN] /= values[at + COUNT];
    count++;
  }
  return count > 0 ? [{ group: rolledUp(group), atMs: startMs, values }] : [];
}

const known = new WeakMap<Group, Group>();

/** The group of a group's roll-ups: five fields for each of its own. */
export function rolledUp(group: Group): Group {
  const made = known.get(group) ?? {
    ...group,
    measurement: `${group.measurement}${ROLL_UP_SUFFIX}`,
    fields: group.fields.flatMap(field => ROLL_UPS.map(op => `${field}_${op}`)),
  };
  known.set(group, made);
  return made;
}

/** What goes on in the new group: the minute is not over because a series came or went. */
function carried(from: Minute, { indexOf }: Move, to: Group): Minute {
  const minute = emptyMinute(to, from.startMs);
  indexOf.forEach((at, i) => {
    if (at < 0) return;
    minute.values.set(from.values.subarray(i * WIDTH, (i + 1) * WIDTH), at * WIDTH);
  });
  return minute;
}

/** What ends with the old group. */
function leftBehind({ group, startMs, values }: Minute, { indexOf }: Move): Minute {
  const left = values.slice();
  indexOf.forEach((at, i) => {
    if (at >= 0) left.fill(Number.NaN, i * WIDTH, (i + 1) * WIDTH);
  });
  return { group, startMs, values: left };
}
