/** Benchmarks by name. */
import { benchAgreement } from './agreement.ts';
import type { AgreementLabs } from './agreement-score.ts';
import { benchCalibrate } from './calibrate.ts';
import { benchClosure } from './closure.ts';
import { benchDetect } from './detect.ts';
import { benchFork } from './fork.ts';
import { benchHistory } from './history.ts';
import { benchIngest } from './ingest.ts';
import { benchLive } from './live.ts';
import { benchPredict, type CreatePredictLab } from './predict.ts';
import { benchRecover } from './recover.ts';
import type { BenchResult, BenchSize } from './result.ts';
import { benchScrapeSized } from './sizes.ts';
import { benchTransient } from './transient.ts';
import { benchWhatif } from './whatif.ts';

export const BENCHES: Readonly<Record<string, (size: BenchSize) => Promise<BenchResult>>> = {
  calibrate: benchCalibrate,
  closure: benchClosure,
  detect: benchDetect,
  fork: benchFork,
  history: benchHistory,
  ingest: benchIngest,
  live: benchLive,
  recover: benchRecover,
  scrape: benchScrapeSized,
  transient: benchTransient,
  whatif: benchWhatif,
};

/** A plant of hidden parameters, as the benchmarks that are judged on one ask for it. */
export interface BenchLab {
  readonly createLab: CreatePredictLab & AgreementLabs['createLab'];
  readonly drawFaults: AgreementLabs['drawFaults'];
}

export const LAB_BENCHES: Readonly<
  Record<string, (size: BenchSize, lab: BenchLab) => Promise<BenchResult>>
> = {
  agreement: benchAgreement,
  predict: (size, { createLab }) => benchPredict(size, createLab),
};
