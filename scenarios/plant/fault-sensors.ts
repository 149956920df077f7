/** Faults of sensors, exporters and BMCs: the site is sound, its picture is not. */
import type { FaultKind } from './fault-kind.ts';

export const SENSOR_FAULTS: readonly FaultKind[] = [
  {
    id: 'inletStuck',
    on: 'host',
    title: 'Inlet sensor stuck',
    visible: 'one value for ever while load and neighbours move',
    magnitude: 19,
    magnitudeMeans: 'reading, C',
    start: ({ state }, { host }, tempC) => {
      state.host.inletStuckC[host] = tempC;
    },
    stop: ({ state }, { host }) => {
      state.host.inletStuckC[host] = Number.NaN;
    },
  },
  {
    id: 'powerDrift',
    on: 'host',
    title: 'BMC power sensor drifts up',
    visible: 'BMC and DCMI power leave the sum of the outlets, up to 12 %',
    magnitude: 0.0025,
    magnitudeMeans: 'ratio gained per minute',
    start: ({ state }, { host }) => {
      state.host.powerDriftRatio[host] = 0.05;
    },
    stop: ({ state }, { host }) => {
      state.host.powerDriftRatio[host] = 0;
    },
    step: ({ state }, { host }, perMinute, dtS) => {
      const next = state.host.powerDriftRatio[host] + (perMinute * dtS) / 60;
      state.host.powerDriftRatio[host] = Math.min(0.12, next);
    },
  },
  {
    id: 'dcgmDropout',
    on: 'host',
    title: 'dcgm-exporter fails now and then',
    visible: 'its page answers 503 for a minute at a time',
    magnitude: 0.35,
    magnitudeMeans: 'share of minutes without an answer',
    start: ({ state }, { host }, share) => {
      state.host.dcgmDropout[host] = share;
    },
    stop: ({ state }, { host }) => {
      state.host.dcgmDropout[host] = 0;
    },
  },
  {
    id: 'bmcSlow',
    on: 'host',
    title: 'BMC answers in seconds',
    visible: 'every Redfish request and the ipmi page of the host take this long',
    magnitude: 4,
    magnitudeMeans: 'wall-clock seconds an answer',
    start: ({ state }, { host }, seconds) => {
      state.host.bmcDelayS[host] = seconds;
    },
    stop: ({ state }, { host }) => {
      state.host.bmcDelayS[host] = 0;
    },
  },
  {
    id: 'driverSkew',
    on: 'host',
    title: 'Old GPU driver on one host',
    visible: 'DCGM_FI_DRIVER_VERSION label differs from the rest',
    magnitude: 1,
    magnitudeMeans: 'unused',
    start: ({ state, book }, { host }) => {
      state.host.driverOld[host] = 1;
      book.hostRevision[host]++;
    },
    stop: ({ state, book }, { host }) => {
      state.host.driverOld[host] = 0;
      book.hostRevision[host]++;
    },
  },
  {
    id: 'nicErrors',
    on: 'host',
    title: 'Dirty optic: receive errors on the first NIC',
    visible: 'node_network_receive_errs_total grows',
    magnitude: 20,
    magnitudeMeans: 'errors a second',
    start: ({ state }, { host }, perS) => {
      state.host.netErrorPerS[host] = perS;
    },
    stop: ({ state }, { host }) => {
      state.host.netErrorPerS[host] = 0;
    },
  },
];
