/** Fans and pumps by the affinity laws: flow with speed, power with its cube. */
import { FANS } from '../../tables/physics/power.ts';

const EXPONENT = FANS.powerExponent.value;

/** Power, W, at a speed over the highest (0-1); 0.8 of the speed takes 0.512 of the power. */
export const fanPowerW = (maxW: number, speedRatio: number) => maxW * speedRatio ** EXPONENT;

/** Speed over the highest that a power buys, 0-1. */
export const fanSpeedRatio = (maxW: number, powerW: number) =>
  maxW > 0 ? (powerW / maxW) ** (1 / EXPONENT) : 0;

/**
 * Speed that moves a part of the full flow. The speed is never below `minRatio`.
 * @returns within [minRatio, 1]; a flow beyond the full one gives 1
 */
export const speedForFlow = (flowRatio: number, minRatio: number) =>
  Math.min(1, Math.max(minRatio, flowRatio));
