/**
 * What the service finds out about its own figures: calibration with its scores, sensor agreement,
 * and how far predictions may be believed.
 */
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { type SensorAgreement, startAgreement } from './agreement/agreement.ts';
import { registerAgreementMetrics } from './agreement/metrics.ts';
import { type CalibrationService, startCalibration } from './calibration/calibration.ts';
import { registerCalibrationMetrics } from './calibration/metrics.ts';
import { useLearnedPower } from './calibration/past.ts';
import type { Config } from './config.ts';
import type { LiveTwin } from './live-twin.ts';
import { type PredictionService, startPrediction } from './prediction/prediction.ts';
import type { DataDir } from './recovery/data-dir.ts';

export interface Trust {
  readonly calibration: CalibrationService;
  /** Absent where sensors are not compared. */
  readonly agreement: SensorAgreement | undefined;
  readonly prediction: PredictionService;
  register(registry: Registry): void;
  stop(): Promise<void>;
}

interface TrustOptions {
  readonly live: LiveTwin;
  readonly config: Config;
  readonly log: Logger;
  /** Absent when nothing is to outlive the process. */
  readonly dataDir: DataDir | undefined;
}

/** Starts all three, from what was learned before where there is a data directory. */
export function startTrust({ live, config, log, dataDir }: TrustOptions): Trust {
  const learned = dataDir?.learned;
  const calibration = startCalibration({ live, config: config.calibration, log, learned });
  const agreement = config.agreement.enabled
    ? startAgreement({ live, config: config.agreement, log, learned })
    : undefined;
  const { pending } = calibration;
  const prediction = startPrediction({ live, pending, log, learned, dataDir: dataDir?.dir });
  useLearnedPower(live.twin, calibration);
  live.onGeneration(() => useLearnedPower(live.twin, calibration));
  return {
    calibration,
    agreement,
    prediction,
    register(registry) {
      registerCalibrationMetrics(registry, calibration);
      if (agreement) registerAgreementMetrics(registry, agreement);
    },
    async stop() {
      agreement?.stop();
      prediction.stop();
      await calibration.stop();
    },
  };
}
