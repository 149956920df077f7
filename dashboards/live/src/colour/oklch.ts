/**
 * OKLCH to sRGB, so that equal steps of a value look like equal steps of colour.
 * Matrices: B. Ottosson, "A perceptual color space for image processing", 2020.
 */

export type Rgb = readonly [red: number, green: number, blue: number];
/** Lightness 0-1, chroma 0-0.37, hue in degrees. */
export type Oklch = readonly [lightness: number, chroma: number, hueDeg: number];

/** Channels 0-255, clipped to the sRGB gamut. */
export function oklchToRgb([lightness, chroma, hueDeg]: Oklch): Rgb {
  const hue = (hueDeg * Math.PI) / 180;
  const a = chroma * Math.cos(hue);
  const b = chroma * Math.sin(hue);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    channel(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    channel(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    channel(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

function channel(linear: number): number {
  const clipped = Math.min(1, Math.max(0, linear));
  const coded = clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * clipped ** (1 / 2.4) - 0.055;
  return Math.round(coded * 255);
}

export const cssOf = ([red, green, blue]: Rgb) => `rgb(${red} ${green} ${blue})`;

/** Relative luminance 0-1 of WCAG 2. */
function luminance(rgb: Rgb): number {
  const [red, green, blue] = rgb.map(value => {
    const coded = value / 255;
    return coded <= 0.04045 ? coded / 12.92 : ((coded + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** Contrast 1-21 of WCAG 2. */
export function contrast(one: Rgb, other: Rgb): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}
