/** Answers of the mock about the twin's own errors and about sensors that disagree. */
import type { Ask } from './answers.ts';

const HOUR_MS = 3.6e6;
const rfc = (atMs: number) => new Date(atMs).toISOString();

type Place = readonly [kind: string, signal: string, horizonS: number];

/** MAPE in per cent, null for temperatures; bias and RMSE in the unit of the signal. */
type Errors = readonly [mapePct: number | null, bias: number, rmse: number];

function score([kind, signal, horizonS]: Place, [mapePct, bias, rmse]: Errors, more: object) {
  const isRelative = mapePct !== null;
  const edge = isRelative ? mapePct / 50 : 2 * rmse;
  return {
    ...{ kind, signal, horizonS, count: 48_120, weight: 20_400, mapePct, bias, rmse },
    ...{ rounds: 2400, isEarly: false },
    ...{ nmbePct: isRelative ? 0.4 : null, cvRmsePct: isRelative ? 1.4 * mapePct : null },
    ...{ skillPersistence: 0.4, skillMean: 0.8 },
    band: { low: -edge, high: edge, isRelative, coverage: 0.903 },
    ...more,
  };
}

export const fidelityOf = ({ nowMs }: Ask) => ({
  ...{ at: rfc(nowMs - 12_000), halfLifeS: 86_400, roundsLeast: 30 },
  items: [
    score(['gpu', 'powerW', 0], [4.1, 6.2, 31], { skillPersistence: -0.08 }),
    score(['gpu', 'gpuTempC', 0], [null, -0.3, 1.1], {
      driftingSince: rfc(nowMs - 2 * HOUR_MS),
      drift: 'the mean error (predicted less measured) has gone from +0.1 K to -0.8 K',
    }),
    score(['host', 'powerW', 0], [1.9, 14, 160], { skillPersistence: 0.02, skillMean: 0.86 }),
    score(['host', 'powerW', 900], [2.2, 21, 195], { skillPersistence: 0.62 }),
    score(['host', 'powerW', 3600], [2.6, -30, 240], {
      ...{ skillPersistence: 0.71 },
      band: { low: -0.031, high: 0.028, isRelative: true, coverage: 0.72 },
    }),
    score(['host', 'inletTempC', 900], [null, 0.05, 0.42], { skillPersistence: -1.4 }),
    score(['rack', 'powerW', 300], [16, 210, 2900], {
      ...{ maker: 'prediction', skillPersistence: -1.97, skillMean: -0.4 },
      ...{ count: 96, rounds: 12, isEarly: true },
    }),
    score(['rack', 'powerW', 900], [1.2, 180, 520], {
      ...{ skillPersistence: null, skillMean: null, band: null },
    }),
  ],
});

export const agreementOf = ({ nowMs }: Ask) => ({
  items: [
    {
      ...{ id: 'r1-k01-n1/bmcPowerW', entity: 'r1-k01-n1', kind: 'host', signal: 'bmcPowerW' },
      ...{ fault: 'scale', factor: 0.9312, or: [], fromStart: false, confidence: 0.97 },
      ...{ since: rfc(nowMs - 3 * HOUR_MS), found: rfc(nowMs - 2.8 * HOUR_MS) },
      evidence: [
        {
          ...{ balance: 'outletsVsBmc', entity: 'r1-k01-n1', residual: 0.074, expected: 0.002 },
          ...{ z: 8.21, explained: 0.001 },
        },
        {
          ...{ balance: 'dcmiVsBmc', entity: 'r1-k01-n1', residual: 0.071, expected: 0 },
          ...{ z: 4.66, explained: 0 },
        },
      ],
    },
    {
      ...{ id: 'r3-k07-n2-gpu5/gpuTempC', entity: 'r3-k07-n2-gpu5', kind: 'gpu' },
      ...{ signal: 'gpuTempC', fault: 'stuck', or: [], fromStart: true, confidence: 0.94 },
      ...{ since: rfc(nowMs - 26 * HOUR_MS), evidence: [] },
    },
    {
      ...{ id: 'r2-k05-pdu-a/pduPowerW', entity: 'r2-k05-pdu-a', kind: 'pdu' },
      ...{ signal: 'pduPowerW', fault: 'swapped', fromStart: true, confidence: 0.88 },
      other: { entity: 'r2-k05-pdu-b', signal: 'pduPowerW' },
      or: [{ entity: 'r2-k05-pdu-b', signal: 'pduPowerW' }],
      ...{ since: rfc(nowMs - 26 * HOUR_MS), evidence: [] },
    },
    {
      ...{ id: 'r4-k02-n3/inletTempC', entity: 'r4-k02-n3', kind: 'host', signal: 'inletTempC' },
      ...{ fault: 'offset', offsetK: 3.2, factor: 1.15, or: [], fromStart: false },
      ...{ confidence: 0.71, since: rfc(nowMs - 0.4 * HOUR_MS), evidence: [] },
    },
  ],
});

type Given = readonly [id: string, title: string, value: number, sd: number, prior: number];

const parameter = ([id, title, value, sd, prior]: Given) => ({
  ...{ id, title, value, sd, low: 0, high: 10 * prior },
  prior: { mean: prior, sd: Math.abs(prior) / 4 },
});

const HOST_POWER = [
  ['restW', 'All but GPUs, with processors at rest, W', 1412.6, 18.2, 1700],
  ['gpuGainRatio', 'Watts at the inlet for a watt of the GPUs', 1.1174, 0.0061, 1.12],
  ['cpuSpanW', 'Processors from rest to full, W', 388, 41, 420],
] as const;
const GPU_TEMP = [
  ['offsetK', 'Of a GPU that draws nothing, over the inlet, K', 3.91, 0.33, 4],
  ['resistanceKPerW', 'From inlet to die, K/W', 0.0412, 0.00094, 0.046],
] as const;

export function parametersOf({ site, params, nowMs }: Ask) {
  const entity = site.byId.get(params.get('entity') ?? '');
  if (!entity) return undefined;
  const model = (id: string, title: string, signal: string, given: readonly Given[]) => ({
    ...{ model: id, title, formula: 'MOCK', signal, priorOf: entity.class ?? '' },
    parameters: given.map(parameter),
    ...{ noiseSd: signal.endsWith('C') ? 0.9 : 44, lastChangedAt: rfc(nowMs - 240_000) },
    ...{ updates: 1204, clipped: 12, faults: 0, resets: 0 },
  });
  const items = {
    host: [model('hostPower', 'Power of a host with GPUs', 'powerW', HOST_POWER)],
    gpu: [model('gpuTemp', 'Steady temperature of a GPU', 'gpuTempC', GPU_TEMP)],
  }[entity.kind];
  return { entity: entity.id, items: items ?? [] };
}
