/** Small sites as transient simulations. */
import fc from 'fast-check';
import { transientOf } from '../../twin/physics/transient/build.ts';
import type { TransientState } from '../../twin/physics/transient/columns.ts';
import { startPump, stopPump } from '../../twin/physics/transient/stop.ts';
import { Twin } from '../../twin/twin.ts';
import { type InventoryParts, TWO_RACKS, topologyOf } from './inventories.ts';

/** A liquid-cooled rack on a CDU beside an air-cooled one. */
export const LIQUID: InventoryParts = {
  site: {
    halls: [
      {
        id: 'h',
        crahs: [{ id: 'crah', class: 'crah-300kw' }],
        cdus: [{ id: 'cdu', class: 'cdu-rack-120kw' }],
        rows: [
          {
            id: 'r',
            racks: [
              {
                id: 'wet',
                class: 'rack-liquid-80kw',
                hosts: [{ id: 'wet-n{n}', count: 4, class: 'liquid-8gpu' }],
              },
              {
                id: 'dry',
                class: 'rack-air-44kw',
                hosts: [{ id: 'dry-n1', class: 'dgx-h100' }],
              },
            ],
          },
        ],
      },
    ],
  },
  classes: [
    {
      id: 'liquid-8gpu',
      kind: 'host',
      extends: 'dgx-h100',
      traits: { cooling: 'liquid' },
      figures: { liquidHeatRatio: 0.85 },
    },
  ],
  cooling: [
    { kind: 'rack', to: 'wet', from: 'cdu' },
    { kind: 'rack', to: '*', from: 'crah' },
  ],
};

export function transientSite(parts: InventoryParts = TWO_RACKS): TransientState {
  const topology = topologyOf(parts);
  return transientOf(new Twin(topology).state, topology);
}

/** Sets the power each GPU is asked for, W. */
export function ask(state: TransientState, wattsOf: (gpu: number) => number) {
  for (let gpu = 0; gpu < state.gpus.count; gpu++) state.gpus.targetW[gpu] = wattsOf(gpu);
}

/** Work, cooling and step length of a stretch of simulated time. */
interface Stretch {
  readonly dtS: number;
  readonly steps: number;
  readonly watts: number;
  readonly otherW: number;
  readonly fanRatio: number;
  readonly flowRatio: number;
  readonly hasWater: number;
}

export const stretches: fc.Arbitrary<Stretch[]> = fc.array(
  fc.record({
    dtS: fc.constantFrom(0.25, 1, 5, 30, 120),
    steps: fc.integer({ min: 1, max: 12 }),
    watts: fc.integer({ min: 0, max: 900 }),
    otherW: fc.integer({ min: 0, max: 3000 }),
    fanRatio: fc.constantFrom(0, 0.3, 1),
    flowRatio: fc.constantFrom(0, 0.5, 1),
    hasWater: fc.constantFrom(1, 1, 0),
  }),
  { minLength: 1, maxLength: 6 },
);

/** Plays stretches; `seen` is called after each step. */
export function play(
  state: TransientState,
  plan: readonly Stretch[],
  step: (state: TransientState, dtS: number) => void,
  seen: () => void = () => {},
) {
  for (const s of plan) {
    ask(state, gpu => (s.watts * (1 + (gpu % 5))) / 5);
    state.hosts.otherW.fill(s.otherW);
    state.crahs.fanRatio.fill(s.fanRatio);
    for (let loop = 0; loop < state.loops.count; loop++) {
      if (s.flowRatio === 0) stopPump(state, loop);
      else startPump(state, loop);
    }
    state.loops.flowRatio.fill(s.flowRatio);
    state.loops.hasWater.fill(s.hasWater);
    for (let i = 0; i < s.steps; i++) {
      step(state, s.dtS);
      seen();
    }
  }
}
