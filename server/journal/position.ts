/** The order of places in the journal. */
import type { LogPosition } from './contract.ts';

export const BEGINNING: LogPosition = { segment: 0, offset: 0 };

export const isBefore = (a: LogPosition, b: LogPosition) =>
  a.segment < b.segment || (a.segment === b.segment && a.offset < b.offset);
