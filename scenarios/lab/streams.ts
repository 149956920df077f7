/** Streams of the hash, one a kind of draw, so that none repeats another. Parts follow as steps. */
export const STREAM = {
  parameter: 1001,
  gpuIdle: 1002,
  gpuSpan: 1003,
  gpuResistance: 1004,
  gpuLoad: 1005,
  hostBase: 1006,
  hostInlet: 1007,
  hostFouling: 1008,
  psuShare: 1009,
  torShare: 1010,
  rackLeak: 1011,
  crahPhase: 1012,
  recirculation: 1013,
  gain: 1014,
  offset: 1015,
  shape: 1016,
  timeline: 1017,
  job: 1018,
  faults: 1019,
  /** One stream a GPU from here on: 10 racks have 320. */
  burst: 2000,
  /** One stream a job from here on, with the instant as step. */
  wander: 100_000,
  /** One stream an exporter from here on. */
  dropout: 3000,
  outage: 4000,
  /** One stream a sensor from here on. */
  reading: 10_000,
} as const;
