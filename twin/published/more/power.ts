/** Models of power that have no published case of their own here. */
import { z } from 'zod';
import { breakerRating, timeToTripS } from '../../physics/power/breaker.ts';
import { conversionEfficiency, conversionLossW } from '../../physics/power/conversion.ts';
import { gpuPowerModel, gpuPowerW } from '../../physics/power/gpu.ts';
import { feedDraws, psuCurve } from '../../physics/power/psu.ts';
import { waveWindow, workloadWave } from '../../physics/power/wave.ts';
import { UPS_LOSS } from '../../tables/classes/power.ts';
import { PSU_RATINGS, WORKLOADS } from '../../tables/physics/power.ts';
import { knownGpu } from '../known-gpu.ts';
import { publishedModel } from '../model.ts';
import { psuRating } from '../psu-curve.ts';

const watts = z.number().nonnegative();
const above = z.number().positive();

export const gpuPower = publishedModel(
  'gpu_power',
  z.object({
    gpu: z.string(),
    utilRatio: z.number().min(0).max(1),
    clockRatio: z.number().min(0).max(1).default(1),
  }),
  ({ gpu, utilRatio, clockRatio }) => {
    const model = gpuPowerModel(knownGpu(gpu));
    return {
      powerW: gpuPowerW(model, utilRatio, clockRatio),
      idleW: model.idleW,
      maxW: model.maxW,
    };
  },
);

/** What meters of a wave show, whatever they sample. */
export const powerWave = publishedModel(
  'power_wave',
  z.object({
    gpu: z.string(),
    workload: z.enum(WORKLOADS),
    windowS: above,
    fromS: watts.default(0),
  }),
  ({ gpu, workload, windowS, fromS }) => {
    const wave = workloadWave(gpuPowerModel(knownGpu(gpu)), workload);
    return { ...waveWindow(wave, fromS, windowS), periodS: wave.periodS };
  },
);

/** A host on two feeds, and the same with either of them dead. */
export const feedLoss = publishedModel(
  'feed_loss',
  z.object({
    rating: psuRating,
    ratedW: above,
    outputW: watts,
    psusA: z.int().min(0).max(64),
    psusB: z.int().min(0).max(64),
  }),
  ({ rating, ratedW, outputW, psusA, psusB }) => {
    const curve = psuCurve(PSU_RATINGS[rating]);
    const both = feedDraws({ curve, ratedW, countA: psusA, countB: psusB }, outputW);
    const onA = feedDraws({ curve, ratedW, countA: psusA, countB: 0 }, outputW);
    const onB = feedDraws({ curve, ratedW, countA: 0, countB: psusB }, outputW);
    return {
      ...both,
      aloneAW: onA.feedAW,
      aloneALoadRatio: onA.loadRatio,
      aloneBW: onB.feedBW,
      aloneBLoadRatio: onB.loadRatio,
    };
  },
);

/** UPS, transformer or PDU by its losses over its rating; those of a UPS unless they are given. */
export const conversion = publishedModel(
  'conversion',
  z.object({
    ratedW: above,
    loadW: watts,
    noLoadRatio: watts.default(UPS_LOSS.lossNoLoadRatio.value),
    linearRatio: watts.default(UPS_LOSS.lossLinearRatio.value),
    squareRatio: watts.default(UPS_LOSS.lossSquareRatio.value),
  }),
  ({ ratedW, loadW, noLoadRatio, linearRatio, squareRatio }) => {
    const loss = {
      noLoadW: noLoadRatio * ratedW,
      linear: linearRatio,
      squarePerW: squareRatio / ratedW,
    };
    const lossW = conversionLossW(loss, loadW);
    return { lossW, inputW: loadW + lossW, efficiencyRatio: conversionEfficiency(loss, loadW) };
  },
);

export const breaker = publishedModel(
  'breaker',
  z.object({
    ratedA: above,
    voltageV: above,
    phases: z.union([z.literal(1), z.literal(3)]).default(1),
    loadW: watts.default(0),
  }),
  ({ ratedA, voltageV, phases, loadW }) => {
    const { tripW, continuousW } = breakerRating(ratedA, voltageV, phases);
    const tripS = timeToTripS(0, loadW / tripW);
    return {
      ...{ tripW, continuousW, holdsForHours: loadW <= continuousW },
      ...(Number.isFinite(tripS) ? { timeToTripS: tripS } : {}),
    };
  },
);
