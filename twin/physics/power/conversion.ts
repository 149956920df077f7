/**
 * UPSs, transformers and floor PDUs: no-load, proportional and square-law losses. The closure keeps
 * them in columns (`twin/closure/losses.ts`).
 */
import type { HardwareClass } from '../../tables/catalogue.ts';
import { notNegative, positive } from '../number-check.ts';

/** Loss, W, of a load of `x W`: `noLoadW + linear * x + squarePerW * x * x`. */
export interface ConversionLoss {
  readonly noLoadW: number;
  readonly linear: number;
  readonly squarePerW: number;
}

/** @returns undefined for a class without a rating or without losses */
export function conversionLossOf({ figures }: HardwareClass): ConversionLoss | undefined {
  const ratedW = figures.ratedW?.value;
  const { lossNoLoadRatio, lossLinearRatio, lossSquareRatio } = figures;
  if (ratedW === undefined || !(lossNoLoadRatio || lossLinearRatio || lossSquareRatio)) return;
  positive('ratedW', ratedW);
  return {
    noLoadW: ratedW * (lossNoLoadRatio?.value ?? 0),
    linear: lossLinearRatio?.value ?? 0,
    squarePerW: (lossSquareRatio?.value ?? 0) / ratedW,
  };
}

/** Heat of the converter, W. No checks, no allocation. */
export const conversionLossW = (loss: ConversionLoss, loadW: number) =>
  loss.noLoadW + loss.linear * loadW + loss.squarePerW * loadW * loadW;

/** Output over input; 0 at no load. Checked. */
export function conversionEfficiency(loss: ConversionLoss, loadW: number): number {
  notNegative('loadW', loadW);
  return loadW === 0 ? 0 : loadW / (loadW + conversionLossW(loss, loadW));
}

/** A chain of converters, the one nearest to the load first. */
interface ChainDraw {
  readonly inputW: number;
  /** Heat of each, W. */
  readonly lossesW: readonly number[];
}

/** What a chain draws at its top for a load at its bottom; `inputW = loadW + all losses`. */
export function chainDraw(chain: readonly ConversionLoss[], loadW: number): ChainDraw {
  let inputW = notNegative('loadW', loadW);
  const lossesW = chain.map(loss => {
    const lossW = conversionLossW(loss, inputW);
    inputW += lossW;
    return lossW;
  });
  return { inputW, lossesW };
}
