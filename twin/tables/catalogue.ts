/** Hardware classes: what a thing of this model is, draws and bears. Data, with sources. */
import type { Kind } from './kinds.ts';

/** S: seen in a public text; M: from memory, verify; C: computed; D: design choice of Orrery. */
export type Mark = 'S' | 'M' | 'C' | 'D';

export interface Figure {
  readonly value: number;
  readonly mark: Mark;
  readonly source: string;
}

/** Figures by name with unit suffix: `powerMaxW`, `powerIdleW`, `slowdownTempC`, `memBytes`. */
export type Figures = Readonly<Record<string, Figure>>;

export interface Component {
  readonly kind: Kind;
  /** Class of the component, where the catalogue has one. */
  readonly class?: string;
  readonly count: number;
}

export interface HardwareClass {
  readonly id: string;
  readonly kind: Kind;
  readonly title: string;
  readonly figures: Figures;
  /** Parts that every machine of this class has. */
  readonly components?: readonly Component[];
  /** Words such as `air`, `liquid`, `frontToRear`, by name. */
  readonly traits?: Readonly<Record<string, string>>;
  /** Values of limits for things of this class: limit id to value. */
  readonly limits?: Readonly<Record<string, number>>;
}

/** The parts of a kind that every machine of the class has. */
export const componentOf = (row: HardwareClass | undefined, kind: Kind): Component | undefined =>
  row?.components?.find(part => part.kind === kind);
