/** Mean time to failure of a job by its size. */
import { z } from 'zod';
import { type JobMttf, jobMttf } from '../physics/reliability/mttf.ts';
import { failuresPer1000NodeDays, fleetInput, fleetOf } from './fleet.ts';
import { publishedModel } from './model.ts';

export const mttfPaper = publishedModel(
  'mttf',
  z.object({ ...fleetInput, failuresPer1000NodeDays }),
  input => {
    const job = jobMttf(fleetOf(input), input.failuresPer1000NodeDays);
    const { mttfH, measuredMttfH, likelyMttfH, isAboveMeasured } = job;
    return {
      mttfH,
      likelyMttfH,
      aboveMeasured: isAboveMeasured,
      ...(measuredMttfH === undefined ? {} : { measuredMttfH }),
      ...(isAboveMeasured ? { note: smallJobNote(job) } : {}),
    };
  },
);

/** The formula is projected from large jobs: small ones die of more than their hosts. */
function smallJobNote({ mttfH, likelyMttfH, measuredMttfH }: JobMttf): string {
  const seen =
    measuredMttfH === undefined
      ? 'jobs of up to 1,024 GPUs showed a quarter of what it gives them'
      : `jobs of this size were measured at ${hours(measuredMttfH)} in RSC-1`;
  return `small job: 1/(N r) gives ${hours(mttfH)}, but ${seen}; plan with ${hours(likelyMttfH)}`;
}

const hours = (value: number) => `${Number(value.toPrecision(3))} h`;
