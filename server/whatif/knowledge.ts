/** What calibration and the record of the models know for the course of a what-if. */
import {
  type CourseKnowledge,
  calibratedModel,
  type ErrorBand,
  readSignal,
  STALE,
  type State,
  signalIndex,
} from '../../twin/index.ts';
import type { PastTrust } from '../calibration/past.ts';

const GPU_TEMP = calibratedModel('gpuTemp');
const HOST_POWER = calibratedModel('hostPower');
const CPU_UTIL = signalIndex('cpuUtilRatio');

export function courseKnowledge(
  state: State,
  { calibration: service }: PastTrust,
): CourseKnowledge {
  const { calibration } = service;
  const gpuTempK = spreadOf(service.band({ kind: 'gpu', signal: 'gpuTempC', horizonS: 0 }));
  // the course goes on for as long with what is known of inlets now
  const inletTempK =
    spreadOf(service.band({ kind: 'host', signal: 'inletTempC', horizonS: 900 })) ??
    spreadOf(service.band({ kind: 'host', signal: 'inletTempC', horizonS: 0 }));
  const powerRatio =
    spreadOf(service.band({ kind: 'rack', signal: 'powerW', horizonS: 0 })) ??
    spreadOf(service.band({ kind: 'host', signal: 'powerW', horizonS: 0 }));
  return {
    parameters: {
      gpuMeanPowerW: gpu => calibration.laggedOf(GPU_TEMP, gpu),
      gpuTempC: (gpu, inletTempC, powerW) =>
        calibration.isSettled(GPU_TEMP, gpu)
          ? calibration.expect(GPU_TEMP, gpu, [inletTempC, powerW])
          : Number.NaN,
      hostPowerW(host, gpuPowerW) {
        if (!calibration.isSettled(HOST_POWER, host)) return Number.NaN;
        const { value, quality } = readSignal(state, CPU_UTIL, host);
        const busyRatio = quality > STALE ? value : Number.NaN;
        return calibration.expect(HOST_POWER, host, [gpuPowerW, busyRatio]);
      },
    },
    ...(gpuTempK ? { gpuTempK } : {}),
    ...(inletTempK ? { inletTempK } : {}),
    ...(powerRatio ? { powerRatio } : {}),
  };
}

const spreadOf = (band: ErrorBand | undefined) =>
  band && Number.isFinite(band.low + band.high) ? { low: band.low, high: band.high } : undefined;
