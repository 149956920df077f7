/** Uniform limits: things of one class within one whole must have the same value (version skew). */
import { MISSING } from '../state/quality.ts';
import { readSignal } from '../state/read.ts';
import type { State } from '../state/state.ts';
import { ancestorOfKind } from '../topology/walk.ts';
import type { Judge } from './judge.ts';
import type { LimitAtKind } from './thresholds.ts';

/** Judges every uniform limit over all its entities: those that differ from the most common value. */
export function judgeUniform(judge: Judge, state: State, nowMs: number) {
  for (const limit of judge.table) {
    if (limit.row.kind !== 'uniform') continue;
    for (const group of groupsOf(state, limit).values()) {
      const common = mostCommon(group.map(member => member.value));
      for (const { entity, value, atMs, quality } of group) {
        const differs = value === common ? 0 : 1;
        const reading = { value: differs, atMs, quality };
        judge.set({ limit, entity, threshold: 0, reading }, nowMs);
      }
    }
  }
}

interface Member {
  readonly entity: number;
  readonly value: number;
  readonly atMs: number;
  readonly quality: number;
}

function groupsOf(state: State, limit: LimitAtKind): Map<string, Member[]> {
  const { topology } = state;
  const groups = new Map<string, Member[]>();
  for (let e = topology.kindStart[limit.kind]; e < topology.kindStart[limit.kind + 1]; e++) {
    const reading = readSignal(state, limit.signal, e);
    if (reading.quality === MISSING) continue;
    const whole = limit.row.within ? ancestorOfKind(topology, e, limit.row.within) : 0;
    const hardware = limit.row.groupBy === 'class' ? topology.classIndex[e] : 0;
    const key = `${whole}:${hardware}`;
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    group.push({ entity: e, ...reading });
  }
  return groups;
}

/** Ties go to the smaller value, so that the verdict does not depend on the order of arrival. */
function mostCommon(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const ranked = [...counts].sort(([a, m], [b, n]) => n - m || a - b);
  return ranked[0][0];
}
