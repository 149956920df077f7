/** Short form of a limit row: what most rows have in common is filled in here, once. */
import type { LimitRow } from '../limit-row.ts';
import { PLANE_LOADS } from '../planes.ts';

type Required = Pick<LimitRow, 'id' | 'title' | 'at' | 'signal' | 'source'>;

/** A soft upper bound that warns after a minute, with a runbook section named like its id. */
export function bound(spec: Required & Partial<LimitRow>): LimitRow {
  return {
    kind: 'bound',
    compare: 'max',
    hard: false,
    severity: 'warning',
    forS: 60,
    hysteresisRatio: 0,
    runbook: kebab(spec.id),
    ...spec,
  };
}

type Capacity = Omit<Required, 'signal'> & Pick<LimitRow, 'plane'> & Partial<LimitRow>;

/** A hard capacity of one plane: nothing may be placed that would pass it. */
export function capacity(spec: Capacity & { plane: keyof typeof PLANE_LOADS }): LimitRow {
  return bound({
    kind: 'capacity',
    hard: true,
    severity: 'critical',
    hysteresisRatio: 0.02,
    signal: PLANE_LOADS[spec.plane],
    ...spec,
  });
}

const kebab = (camel: string) =>
  camel
    .replace(/([a-z])([A-Z0-9])/g, '$1-$2')
    .replace(/([0-9])([A-Z])/g, '$1-$2')
    .toLowerCase();
