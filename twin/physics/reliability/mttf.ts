/** Mean time to failure of a job by its size. */
import {
  MEASURED_GPUS_PER_HOST,
  MEASURED_JOB_MTTF,
  MTTF_FORMULA_FROM_GPUS,
  JOB_FAILURES_PER_1000_HOST_DAYS as RATES,
} from '../../tables/physics/reliability.ts';
import { type Fleet, hostsOf } from './interruptions.ts';

export interface JobMttf {
  /** 1 / (hosts x rate), h. */
  readonly mttfH: number;
  /** What jobs of this size showed where it was measured, h; undefined outside of that range. */
  readonly measuredMttfH?: number;
  /** The formula brought to what was measured: what to plan with, h. */
  readonly likelyMttfH: number;
  /** Whether the formula promises more than was measured: it does for small jobs. */
  readonly isAboveMeasured: boolean;
}

/**
 * `MTTF = 24 h x 1000 / (hosts x rate)`, and how far measurements stay below it for small jobs.
 *
 * Between the sizes that were measured, and on to the size from which the formula was found to
 * hold, the ratio of measured to formula is interpolated on logarithms of the size.
 * @param failuresPer1000HostDays above 0
 */
export function jobMttf(job: Fleet, failuresPer1000HostDays: number): JobMttf {
  if (!(failuresPer1000HostDays > 0)) {
    throw new RangeError(`failuresPer1000HostDays ${failuresPer1000HostDays} must be above 0`);
  }
  const mttfH = formulaMttfH(hostsOf(job), failuresPer1000HostDays);
  const ratio = measuredRatio(job.gpus);
  const last = MEASURED_JOB_MTTF[MEASURED_JOB_MTTF.length - 1];
  const isMeasured = job.gpus >= MEASURED_JOB_MTTF[0].gpus && job.gpus <= last.gpus;
  const measuredAtH = ratio * formulaMttfH(measuredHosts(job.gpus), RATES.rsc1.value);
  return {
    mttfH,
    ...(isMeasured ? { measuredMttfH: measuredAtH } : {}),
    likelyMttfH: ratio * mttfH,
    isAboveMeasured: ratio < 1,
  };
}

const formulaMttfH = (hosts: number, failuresPer1000HostDays: number) =>
  (24 * 1000) / (hosts * failuresPer1000HostDays);

const measuredHosts = (gpus: number) => gpus / MEASURED_GPUS_PER_HOST.value;

/** Measured over formula, 0-1: constant below the curve, 1 from where the formula holds. */
function measuredRatio(gpus: number): number {
  const points = [
    ...MEASURED_JOB_MTTF.map(({ gpus: at, mttfH }) => ({
      at: Math.log(at),
      ratio: mttfH.value / formulaMttfH(measuredHosts(at), RATES.rsc1.value),
    })),
    { at: Math.log(MTTF_FORMULA_FROM_GPUS.value), ratio: 1 },
  ];
  const x = Math.log(gpus);
  const next = points.findIndex(point => point.at >= x);
  if (next < 0) return 1;
  if (next === 0) return points[0].ratio;
  const [from, to] = [points[next - 1], points[next]];
  const part = (x - from.at) / (to.at - from.at);
  return Math.exp((1 - part) * Math.log(from.ratio) + part * Math.log(to.ratio));
}
