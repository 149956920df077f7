/** Cooling and supply that are lost altogether. */
import type { FaultKind, FaultScope } from './fault-kind.ts';
import { F } from './figures.ts';
import { loseCooling } from './physics/cooling-loss.ts';

/** Halls whose air a CRAH moves, from now on with temperatures of their own. */
function loosen({ layout, state }: FaultScope, crah: number): void {
  if (layout.crahHall[crah] >= 0) loseCooling(layout, state, layout.crahHall[crah]);
}

export const COOLING_FAULTS: readonly FaultKind[] = [
  {
    id: 'crahStopped',
    on: 'crah',
    title: 'CRAH stands still: the others carry on for it as far as they can',
    visible: 'airIRRCUnitStatusFanSpeed 0; inlets of its racks rise',
    magnitude: 1,
    magnitudeMeans: 'unused',
    start: (scope, { index }) => {
      loosen(scope, index);
      scope.state.crah.running[index] = 0;
    },
    stop: ({ state }, { index }) => {
      state.crah.running[index] = 1;
    },
  },
  {
    id: 'crahWaterLost',
    on: 'crah',
    title: 'Cold water of the CRAH lost: it blows on, ever warmer',
    visible: 'airIRRCUnitStatusSupplyAirTemp rises',
    magnitude: 1,
    magnitudeMeans: 'unused',
    start: (scope, { index }) => {
      loosen(scope, index);
      const { crah } = scope.state;
      crah.hasWater[index] = 0;
      const warmK = crah.returnTempC[index] - crah.supplyTempC[index];
      crah.waterC[index] = crah.returnTempC[index] - warmK / F.coilEffectiveness;
    },
    stop: ({ state }, { index }) => {
      state.crah.hasWater[index] = 1;
    },
  },
  {
    id: 'cduWaterLost',
    on: 'cdu',
    title: 'Facility water of the CDU lost: its loop takes the heat of its racks',
    visible: 'supply temperature of the CDU rises',
    magnitude: 1,
    magnitudeMeans: 'unused',
    start: ({ state }, { index }) => {
      state.cdu.hasWater[index] = 0;
    },
    stop: ({ state }, { index }) => {
      state.cdu.hasWater[index] = 1;
    },
  },
  {
    id: 'upsFailed',
    on: 'ups',
    title: 'UPS without output',
    visible: 'upsBasicOutputStatus off; its PDUs do not answer; hosts with another feed run on',
    magnitude: 1,
    magnitudeMeans: 'unused',
    start: ({ state }, { index }) => {
      state.ups.failed[index] = 1;
    },
    stop: ({ state }, { index }) => {
      state.ups.failed[index] = 0;
    },
  },
];
