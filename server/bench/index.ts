/** Benchmarks by name. */
import { benchCalibrate } from './calibrate.ts';
import { benchClosure } from './closure.ts';
import { benchFork } from './fork.ts';
import { benchHistory } from './history.ts';
import { benchIngest } from './ingest.ts';
import { benchPredict, type CreatePredictLab } from './predict.ts';
import { benchRecover } from './recover.ts';
import type { BenchResult, BenchSize } from './result.ts';
import { benchScrapeSized } from './sizes.ts';
import { benchTransient } from './transient.ts';
import { benchWhatif } from './whatif.ts';

export const BENCHES: Readonly<Record<string, (size: BenchSize) => Promise<BenchResult>>> = {
  calibrate: benchCalibrate,
  closure: benchClosure,
  fork: benchFork,
  history: benchHistory,
  ingest: benchIngest,
  recover: benchRecover,
  scrape: benchScrapeSized,
  transient: benchTransient,
  whatif: benchWhatif,
};

/** Benchmarks on a plant of hidden parameters, which is handed in. */
export const LAB_BENCHES: Readonly<
  Record<string, (size: BenchSize, createLab: CreatePredictLab) => Promise<BenchResult>>
> = {
  predict: benchPredict,
};
