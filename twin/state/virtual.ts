/**
 * Signals that the closure computes: they have no cells, they are read from the results of a plane.
 */
import { marginN1At } from '../closure/extra-loads.ts';
import type { PlaneResults } from '../closure/pass.ts';
import type { ResultField } from '../closure/shape.ts';
import { SIGNALS } from '../tables/signals.ts';
import type { PlaneId } from '../topology/plane.ts';

/** Of the results, or what follows from them. */
type VirtualField = ResultField | 'limit' | 'marginN1';

interface Virtual {
  readonly plane: PlaneId;
  readonly field: VirtualField;
}

const BY_ID: Readonly<Record<string, Virtual>> = {
  powerW: { plane: 'power', field: 'load' },
  powerLoadW: { plane: 'power', field: 'load' },
  powerLimitW: { plane: 'power', field: 'limit' },
  powerHeadroomW: { plane: 'power', field: 'headroom' },
  powerHeadroomN1W: { plane: 'power', field: 'headroomN1' },
  powerMarginN1W: { plane: 'power', field: 'marginN1' },
  heatW: { plane: 'cooling', field: 'load' },
  coolingLimitW: { plane: 'cooling', field: 'limit' },
  coolingHeadroomW: { plane: 'cooling', field: 'headroom' },
  coolingHeadroomN1W: { plane: 'cooling', field: 'headroomN1' },
  coolingMarginN1W: { plane: 'cooling', field: 'marginN1' },
  networkLoadBytesPerS: { plane: 'network', field: 'load' },
  networkLimitBytesPerS: { plane: 'network', field: 'limit' },
  networkHeadroomBytesPerS: { plane: 'network', field: 'headroom' },
  networkHeadroomN1BytesPerS: { plane: 'network', field: 'headroomN1' },
};

/** Entry of each signal in the order of `SIGNALS`; undefined for signals that have cells. */
export const VIRTUAL: readonly (Virtual | undefined)[] = SIGNALS.map(signal => BY_ID[signal.id]);

/** What a plane says of one of its positions. */
export const fieldAt = (r: PlaneResults, field: VirtualField, position: number) =>
  field === 'marginN1' ? marginN1At(r, position) : r[field][position];
