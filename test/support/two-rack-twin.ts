/** A twin of the two-rack inventory, with the few calls that tests of the engine make of it. */
import { readSignal } from '../../twin/state/read.ts';
import { signalIndex } from '../../twin/tables/signals.ts';
import type { Topology } from '../../twin/topology/topology.ts';
import { type Tick, Twin } from '../../twin/twin.ts';
import { topologyOf } from './inventories.ts';

export const START_MS = 1_700_000_000_000;

export interface TwinProbe {
  readonly twin: Twin;
  /** Writes a value as of some seconds after the start. */
  write(signal: string, id: string, value: number, atS?: number): void;
  /** The source ended the series. */
  end(signal: string, id: string): void;
  tick(atS?: number): Tick;
  read(signal: string, id: string): { value: number; quality: number; atS: number };
}

export function probe(topology: Topology = topologyOf()): TwinProbe {
  const twin = new Twin(topology);
  const entityOf = (id: string) => {
    const entity = topology.indexOf(id);
    if (entity < 0) throw new Error(`no ${id} in the inventory`);
    return entity;
  };
  const cellOf = (signal: string, id: string) =>
    twin.state.ensureCell(signalIndex(signal), entityOf(id));
  return {
    twin,
    write: (signal, id, value, atS = 0) =>
      twin.write(cellOf(signal, id), entityOf(id), value, START_MS + 1000 * atS),
    end: (signal, id) => twin.markStale(cellOf(signal, id), entityOf(id)),
    tick: (atS = 0) => twin.tick(START_MS + 1000 * atS),
    read(signal, id) {
      const { value, quality, atMs } = readSignal(twin.state, signalIndex(signal), entityOf(id));
      return { value, quality, atS: (atMs - START_MS) / 1000 };
    },
  };
}
