/** The catalogue together with the classes that an inventory defines for itself. */
import type { Figures, HardwareClass } from '../tables/catalogue.ts';
import type { OwnClass } from './inventory.ts';
import type { Problem } from './problem.ts';

/** Source of figures that an inventory gives its own classes. */
export const INVENTORY = 'inventory';

export function mergeClasses(
  catalogue: readonly HardwareClass[],
  own: readonly OwnClass[],
  problems: Problem[],
): HardwareClass[] {
  const byId = new Map(catalogue.map(row => [row.id, row]));
  own.forEach((row, i) => {
    const base = row.extends === undefined ? undefined : byId.get(row.extends);
    if (row.extends !== undefined && !base) {
      problems.push({
        path: ['classes', i, 'extends'],
        message: `unknown class '${row.extends}'; it must be in the catalogue or stand above`,
      });
    }
    if (base && base.kind !== row.kind) {
      problems.push({
        path: ['classes', i, 'kind'],
        message: `'${row.id}' is a ${row.kind} but extends '${base.id}', a ${base.kind}`,
      });
    }
    byId.set(row.id, merge(row, base));
  });
  return [...byId.values()];
}

function merge(row: OwnClass, base: HardwareClass | undefined): HardwareClass {
  const figures: Figures = Object.fromEntries(
    Object.entries(row.figures ?? {}).map(([name, value]) => [
      name,
      { value, mark: 'D' as const, source: INVENTORY },
    ]),
  );
  return {
    id: row.id,
    kind: row.kind,
    title: row.title ?? base?.title ?? row.id,
    figures: { ...base?.figures, ...figures },
    components: row.components ?? base?.components,
    traits: { ...base?.traits, ...row.traits },
    limits: { ...base?.limits, ...row.limits },
  };
}
