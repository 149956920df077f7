/** What calibration and the record of the models know for the course of a what-if. */
import { CALIBRATED_MODELS, type CourseKnowledge, type ErrorBand } from '../twin/index.ts';
import type { Trust } from './trust.ts';

const gpuTemp = CALIBRATED_MODELS.find(row => row.id === 'gpuTemp');

export function courseKnowledge({ calibration: service }: Trust): CourseKnowledge {
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
    ...(gpuTemp
      ? {
          parameters: {
            gpuMeanPowerW: gpu => calibration.laggedOf(gpuTemp, gpu),
            gpuTempC: (gpu, inletTempC, powerW) =>
              calibration.isSettled(gpuTemp, gpu)
                ? calibration.expect(gpuTemp, gpu, [inletTempC, powerW])
                : Number.NaN,
          },
        }
      : {}),
    ...(gpuTempK ? { gpuTempK } : {}),
    ...(inletTempK ? { inletTempK } : {}),
    ...(powerRatio ? { powerRatio } : {}),
  };
}

const spreadOf = (band: ErrorBand | undefined) =>
  band && Number.isFinite(band.low + band.high) ? { low: band.low, high: band.high } : undefined;
