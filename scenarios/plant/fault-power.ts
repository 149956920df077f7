/** Faults of power and air. */
import { critical, type FaultKind } from './fault-kind.ts';
import type { Layout } from './layout.ts';
import { giveBack, OFF, switchOff } from './power-control.ts';
import type { State } from './state.ts';

export const POWER_FAULTS: readonly FaultKind[] = [
  {
    id: 'psuFailed',
    on: 'psu',
    title: 'Power supply failed',
    visible: 'BMC: supply critical, SEL; its outlet reads 0 W and the others carry more',
    magnitude: 1,
    magnitudeMeans: 'unused',
    sel: critical('Power Supply', 'Power supply failure detected'),
    start: ({ state }, { index }) => {
      state.psu.ok[index] = 0;
    },
    stop: ({ state }, { index }) => {
      state.psu.ok[index] = 1;
    },
  },
  {
    id: 'miscabled',
    on: 'host',
    title: 'Both feeds of the host hang on one PDU, against the documents',
    visible: 'documented outlets of the other PDU read 0 W; spare outlets of the first carry load',
    magnitude: 1,
    magnitudeMeans: 'unused',
    start: ({ layout, state }, { host }) => plugIntoFirst(layout, state, host),
    stop: ({ layout, state }, { host }) => {
      for (let psu = layout.psuStart[host]; psu < layout.psuStart[host + 1]; psu++) {
        state.psu.pdu[psu] = layout.psuPdu[psu];
        state.psu.outlet[psu] = layout.psuOutlet[psu];
      }
    },
  },
  {
    id: 'pduTripped',
    on: 'pdu',
    title: 'PDU breaker open',
    visible: 'PDU reads 0 W; every host of the rack runs on the other feed',
    magnitude: 1,
    magnitudeMeans: 'unused',
    start: ({ state }, { index }) => {
      state.pdu.tripped[index] = 1;
    },
    stop: ({ state }, { index }) => {
      state.pdu.tripped[index] = 0;
    },
  },
  {
    id: 'upsOnBattery',
    on: 'ups',
    title: 'Utility lost before the UPS',
    visible:
      'upsBasicOutputStatus on battery; charge and run time fall, and then its PDUs fall silent',
    magnitude: 1,
    magnitudeMeans: 'unused',
    start: ({ state }, { index }) => {
      state.ups.onBattery[index] = 1;
    },
    stop: ({ state }, { index }) => {
      state.ups.onBattery[index] = 0;
    },
  },
  {
    id: 'hostDown',
    on: 'host',
    title: 'Host powered off',
    visible: 'its exporters stop answering; BMC says Off; pods are gone',
    magnitude: 1,
    magnitudeMeans: 'unused',
    sel: critical('System', 'System powered off'),
    start: (scope, { host }) => switchOff(scope, host, OFF.fault),
    stop: (scope, { host }) => giveBack(scope, host, OFF.fault),
  },
];

export const AIR_FAULTS: readonly FaultKind[] = [
  {
    id: 'crahFanWeak',
    on: 'crah',
    title: 'CRAH fan delivers too little: hot air is drawn back into the nearest racks',
    visible: 'inlets near the CRAH above 27 C; airIRRCUnitStatusFanSpeed low for its load',
    magnitude: 0.52,
    magnitudeMeans: 'air delivered over air asked for',
    start: ({ state }, { index }, by) => {
      state.crah.fanFactor[index] = by;
    },
    stop: ({ state }, { index }) => {
      state.crah.fanFactor[index] = 1;
    },
  },
];

/** Moves the cords of the host to the first cord's PDU, on its highest outlets that are free. */
function plugIntoFirst(layout: Layout, state: State, host: number): void {
  const first = layout.psuStart[host];
  const pdu = layout.psuPdu[first];
  const taken = new Set<number>();
  state.psu.pdu.forEach((of, psu) => {
    if (of === pdu) taken.add(state.psu.outlet[psu]);
    if (layout.psuPdu[psu] === pdu) taken.add(layout.psuOutlet[psu]);
  });
  let outlet = layout.pduOutlets[pdu];
  for (let psu = first; psu < layout.psuStart[host + 1]; psu++) {
    if (layout.psuPdu[psu] === pdu) continue;
    while (taken.has(outlet)) outlet--;
    if (outlet < 1) return;
    state.psu.pdu[psu] = pdu;
    state.psu.outlet[psu] = outlet--;
  }
}
