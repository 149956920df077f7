/**
 * The colour ramps. `load` means "towards a limit" and ends warm; `plain` has one hue family, for
 * values of which neither end is bad. Breach has a colour of its own, outside both.
 */
import { contrast, cssOf, type Oklch, oklchToRgb, type Rgb } from './oklch.ts';

export type Theme = 'dark' | 'light';
export type RampName = 'load' | 'plain';

/** Steps of a ramp: enough that neighbours cannot be told apart. */
export const RAMP_STEPS = 64;

type Stop = readonly [at: number, colour: Oklch];

/** On dark, the ink of a value turns from white to black near 70 % of its limit, where green begins. */
const STOPS: Readonly<Record<RampName, Readonly<Record<Theme, readonly Stop[]>>>> = {
  load: {
    dark: [
      [0, [0.29, 0.035, 255]],
      [0.35, [0.43, 0.075, 240]],
      [0.68, [0.545, 0.095, 200]],
      [0.82, [0.72, 0.12, 150]],
      [0.92, [0.81, 0.145, 90]],
      [1, [0.73, 0.165, 55]],
    ],
    light: [
      [0, [0.945, 0.015, 250]],
      [0.35, [0.85, 0.055, 235]],
      [0.62, [0.74, 0.085, 200]],
      [0.8, [0.72, 0.12, 150]],
      [0.92, [0.78, 0.15, 85]],
      [1, [0.69, 0.17, 50]],
    ],
  },
  plain: {
    dark: [
      [0, [0.27, 0.03, 275]],
      [0.5, [0.5, 0.12, 262]],
      [1, [0.85, 0.09, 225]],
    ],
    light: [
      [0, [0.95, 0.012, 255]],
      [0.5, [0.75, 0.09, 250]],
      [1, [0.42, 0.14, 262]],
    ],
  },
};

const BREACH: Readonly<Record<Theme, Oklch>> = {
  dark: [0.6, 0.22, 20],
  light: [0.58, 0.22, 22],
};

/** Only with pure black and white is there 4.5:1 on every colour. */
const INK: readonly Rgb[] = [
  [0, 0, 0],
  [255, 255, 255],
];

export interface Swatch {
  readonly css: string;
  readonly rgb: Rgb;
  /** The more readable of black and white on it. */
  readonly ink: string;
}

const swatch = (colour: Oklch): Swatch => {
  const rgb = oklchToRgb(colour);
  const [dark, light] = INK;
  const ink = contrast(rgb, dark) >= contrast(rgb, light) ? dark : light;
  return { css: cssOf(rgb), rgb, ink: cssOf(ink) };
};

export const breachSwatch = (theme: Theme) => swatch(BREACH[theme]);

/** `RAMP_STEPS` swatches from 0 to 1. */
export function ramp(name: RampName, theme: Theme): readonly Swatch[] {
  const stops = STOPS[name][theme];
  return Array.from({ length: RAMP_STEPS }, (_, step) =>
    swatch(colourAt(stops, step / (RAMP_STEPS - 1))),
  );
}

function colourAt(stops: readonly Stop[], at: number): Oklch {
  const next = Math.max(
    1,
    stops.findIndex(([stop]) => stop >= at),
  );
  const [fromAt, from] = stops[next - 1];
  const [toAt, to] = stops[next];
  const part = (at - fromAt) / (toAt - fromAt);
  return [mix(from[0], to[0], part), mix(from[1], to[1], part), mix(from[2], to[2], part)];
}

const mix = (from: number, to: number, part: number) => from + (to - from) * part;
