/** Colours of the canvas, resolved once per theme. */
import { breachSwatch, type RampName, ramp, type Swatch, type Theme } from '../colour/ramp.ts';
import { cssColour } from '../theme.ts';

export interface Palette {
  readonly theme: Theme;
  readonly ramps: Readonly<Record<RampName, readonly Swatch[]>>;
  readonly breach: Swatch;
  readonly ground: string;
  readonly hall: string;
  readonly line: string;
  readonly text: string;
  readonly muted: string;
  readonly accent: string;
  readonly absent: string;
  readonly hatch: string;
  readonly warning: string;
  readonly critical: string;
  readonly info: string;
  readonly font: string;
}

export const createPalette = (theme: Theme): Palette => ({
  theme,
  ramps: { load: ramp('load', theme), plain: ramp('plain', theme) },
  breach: breachSwatch(theme),
  ground: cssColour('--floor'),
  hall: cssColour('--hall'),
  line: cssColour('--line-strong'),
  text: cssColour('--text'),
  muted: cssColour('--muted'),
  accent: cssColour('--accent'),
  absent: cssColour('--absent'),
  hatch: cssColour('--hatch'),
  warning: cssColour('--warning'),
  critical: cssColour('--critical'),
  info: cssColour('--accent'),
  font: getComputedStyle(document.body).fontFamily,
});
