/** What a caller does to hosts and units of a simulation between two steps. */
import type { Parts } from '../../parts.ts';
import { LOOP_LOSS } from '../../tables/physics/thermal.ts';
import { TRANSIENT } from '../../tables/physics/transient.ts';
import type { TransientState } from './columns.ts';

/** Supplies of a host without power are kept above zero, W: loads are told as parts of it. */
const OFF_RATED_W = 1e-6;

/** A host without power: nothing draws, fans stand still, what is warm cools down. */
export function stopHost({ hosts, gpus }: TransientState, host: number) {
  gpus.targetW.fill(0, hosts.gpuStart[host], hosts.gpuStart[host + 1]);
  hosts.otherW[host] = 0;
  hosts.fanMaxW[host] = 0;
  hosts.psuRatedW[host] = OFF_RATED_W;
  // no fan of the simulation falls below the floor: its airflow does
  const draughtRatio = TRANSIENT.airflowFloorRatio.value / TRANSIENT.fanFloorRatio.value;
  hosts.airflowMaxM3PerS[host] *= draughtRatio;
}

/** Water no longer comes round: only what stands in plates and hoses takes the heat of hosts. */
export function stopPump({ loops }: TransientState, loop: number) {
  if (loops.flowRatio[loop] === 0) return;
  const wholeJPerK = loops.heatJPerK[loop];
  loops.flowRatio[loop] = 0;
  loops.heatJPerK[loop] = LOOP_LOSS.inHostsRatio.value * wholeJPerK;
  loops.asideJPerK[loop] = wholeJPerK - loops.heatJPerK[loop];
  loops.asideC[loop] = loops.waterC[loop];
}

/** Both parts of the water mix at once. */
export function startPump({ loops }: TransientState, loop: number) {
  if (loops.flowRatio[loop] > 0) return;
  const [ownJPerK, asideJPerK] = [loops.heatJPerK[loop], loops.asideJPerK[loop]];
  const heldJ = ownJPerK * loops.waterC[loop] + asideJPerK * loops.asideC[loop];
  loops.flowRatio[loop] = 1;
  loops.heatJPerK[loop] = ownJPerK + asideJPerK;
  loops.asideJPerK[loop] = 0;
  loops.waterC[loop] = heldJ / loops.heatJPerK[loop];
}

/** A copy that shares no column with the original, which must not be stepped in the pauses. */
export function* copyTransient(state: TransientState): Parts<TransientState> {
  return {
    ...state,
    isDieSettled: state.isDieSettled.slice(),
    gpus: yield* copied(state.gpus),
    hosts: yield* copied(state.hosts),
    racks: yield* copied(state.racks),
    airSupplies: yield* copied(state.airSupplies),
    crahs: yield* copied(state.crahs),
    loops: yield* copied(state.loops),
    chain: yield* copied(state.chain),
    ledger: { ...state.ledger },
  };
}

function* copied<T extends object>(columns: T): Parts<T> {
  const copy: Record<string, unknown> = {};
  for (const [name, column] of Object.entries(columns)) {
    copy[name] = ArrayBuffer.isView(column) ? (column as Float64Array).slice() : column;
    yield;
  }
  return copy as T;
}
