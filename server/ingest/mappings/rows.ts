/** Short form of mapping rows, and the scales that many exporters need. */
import type { EntityRule, MappingRow } from '../mapping.ts';

export type RowOf = (
  metrics: readonly string[],
  signal: string,
  extra?: Partial<MappingRow>,
) => MappingRow;

/** Rows for one kind of entity, with what they have in common. */
export const rowsOf =
  (entity: EntityRule, common: Partial<MappingRow> = {}): RowOf =>
  (metrics, signal, extra = {}) => ({ metrics, signal, entity, ...common, ...extra });

/** Scales to the units of the signals. */
export const MIB = 1_048_576;
export const MHZ = 1e6;
export const PERCENT = 0.01;
export const MILLI = 1e-3;

/** Speed of a lane by PCIe generation, in GT/s. */
export const GT_PER_S = { '1': 2.5, '2': 5, '3': 8, '4': 16, '5': 32, '6': 64 };
