/**
 * Which derived signals the history gets a sample of each minute, and the numbers that stand for
 * them in the journal. Some of them have no cells, so that they are numbered by themselves.
 */
import {
  KIND_INDEX,
  type Kind,
  kindsOf,
  SIGNALS,
  signalIndex,
  type Topology,
} from '../../twin/index.ts';
import type { LayoutColumn } from '../journal/contract.ts';

/** Cells of the state are below. */
const FIRST = 2 ** 31;

export interface SampledColumn extends LayoutColumn {
  readonly signalIndex: number;
  readonly firstEntity: number;
}

interface Part {
  readonly kinds: readonly Kind[];
  readonly signals: readonly string[];
}

const PARTS: readonly Part[] = [
  {
    kinds: ['site', 'hall', 'row', 'rack'],
    signals: [
      ...['powerW', 'heatW', 'powerHeadroomW', 'powerHeadroomN1W', 'coolingHeadroomW'],
      ...['gpusAllocatedCount', 'gpusFreeCount', 'inletTempC', 'gpuTempC', 'utilRatio'],
      ...['fragmentationRatio', 'pueRatio', 'coolingPowerW'],
    ],
  },
  {
    kinds: ['utilityFeed', 'transformer', 'switchgear', 'ups', 'feed', 'pdu'],
    signals: ['powerLoadW', 'powerHeadroomW'],
  },
  { kinds: ['crah', 'cdu', 'chiller'], signals: ['heatW', 'coolingHeadroomW'] },
  { kinds: ['tor', 'eor', 'spine'], signals: ['networkLoadBytesPerS', 'uplinkUtilRatio'] },
  { kinds: ['host'], signals: ['powerW', 'gpuTempC', 'utilRatio'] },
];

/** @returns the columns, numbered one behind the other */
export function sampledColumns({ kindStart }: Topology): readonly SampledColumn[] {
  const columns: SampledColumn[] = [];
  let first = FIRST;
  for (const { kinds, signals } of PARTS) {
    for (const kind of kinds) {
      const firstEntity = kindStart[KIND_INDEX[kind]];
      const count = kindStart[KIND_INDEX[kind] + 1] - firstEntity;
      if (count === 0) continue;
      for (const signal of signals) {
        const index = signalIndex(signal);
        if (!kindsOf(SIGNALS[index]).includes(kind)) continue;
        columns.push({ signal, signalIndex: index, kind, first, count, firstEntity });
        first += count;
      }
    }
  }
  return columns;
}
