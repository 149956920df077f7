/** Errors of the twin and faults of sensors, as an operator would say them. No DOM here. */
import { BALANCES } from '../../../../twin/index.ts';
import type { Disagreement, FidelityScore, Sensor } from '../api/types.ts';
import { formatDuration, formatNumber, ratioText, scaleFor, titleOf, unitOf } from '../format.ts';

type Unknown = null | undefined;

const isNumber = (value: number | Unknown): value is number => Number.isFinite(value);
const signed = (value: number) => `${value > 0 ? '+' : ''}${formatNumber(value)}`;

/** A difference of two values of a signal: `+210 W`, `−0.80 K`. */
export function differenceText(signal: string, value: number | Unknown): string {
  if (!isNumber(value)) return '–';
  const unit = unitOf(signal);
  const scale = scaleFor(unit, Math.abs(value), signal);
  const symbol = unit === 'C' ? 'K' : scale.symbol;
  return `${signed(value * scale.factor)}${symbol ? ` ${symbol}` : ''}`;
}

/** A size that has no direction, such as a standard deviation. */
export const sizeText = (signal: string, value: number | Unknown) =>
  differenceText(signal, value).replace(/^\+/, '');

/** The error in one figure: parts of the value, or where zero is arbitrary its size. */
export const errorText = ({ signal, mapePct, rmse }: FidelityScore) =>
  isNumber(mapePct) ? `${formatNumber(Number(mapePct.toPrecision(3)))} %` : sizeText(signal, rmse);

export interface Skill {
  readonly word: 'better' | 'worse' | 'no better' | 'not told';
  /** With the figure: `62 % better`. */
  readonly text: string;
  /** As published: 1 less the error over that of the baseline. */
  readonly figure: string;
}

/** Skills nearer to nought than this round to it. */
const EVEN = 0.005;
/** From here the error is told as a multiple. */
const FAR = 9;

/** @param skill 1: perfect, 0: as good as the baseline, below: worse */
export function skillOf(skill: number | Unknown): Skill {
  if (!isNumber(skill)) return { word: 'not told', text: 'not told', figure: '–' };
  const figure = `${skill > 0 ? '+' : ''}${skill.toFixed(2).replace('-', '−')}`;
  if (Math.abs(skill) < EVEN) return { word: 'no better', text: 'no better', figure: '0.00' };
  if (skill > 0) return { word: 'better', text: `${Math.round(100 * skill)} % better`, figure };
  if (skill > -FAR) return { word: 'worse', text: `${Math.round(-100 * skill)} % worse`, figure };
  return { word: 'worse', text: `${formatNumber(Math.round(1 - skill))} × worse`, figure };
}

/** Why its skill is not judged yet; undefined where it is. @param least rounds before it is */
export const earlyText = ({ rounds, isEarly }: FidelityScore, least: number) =>
  isEarly ? `${rounds} of ${least} rounds scored` : undefined;

/** What a line could know when it was made. */
export function horizonText({ horizonS, maker }: Pick<FidelityScore, 'horizonS' | 'maker'>) {
  if (maker === 'prediction') return `predicted ${formatDuration(horizonS)} ahead`;
  return horizonS === 0 ? 'without its newest reading' : `meter silent ${formatDuration(horizonS)}`;
}

/** Share of the values that a band of 90 % may hold before it is called too narrow. */
const NARROW_RATIO = 0.8;

export function bandOf({ signal, band, isEarly }: FidelityScore) {
  if (!band) return { text: '–', title: 'too few values for a band', isNarrow: false };
  const edge = (value: number) =>
    band.isRelative
      ? `${signed(Number((100 * value).toPrecision(2)))} %`
      : differenceText(signal, value);
  const { coverage } = band;
  return {
    text: isNumber(coverage) ? ratioText(coverage) : '–',
    title: `90 % of errors are expected within ${edge(band.low)} to ${edge(band.high)}`,
    isNarrow: !isEarly && isNumber(coverage) && coverage < NARROW_RATIO,
  };
}

export const sensorText = ({ entity, signal }: Sensor) => `${titleOf(signal)} of ${entity}`;

/** A part of what it should show up to twice that, a multiple beyond. */
function readsText({ factor, offsetK }: Disagreement): string {
  if (isNumber(offsetK)) {
    const way = offsetK < 0 ? 'below' : 'above';
    return `reads ${Math.abs(offsetK).toFixed(1)}\u00a0K ${way} what its neighbours say`;
  }
  if (!isNumber(factor)) return 'reads other than its neighbours say';
  const shown = String(Number(factor.toPrecision(factor < 1 ? 2 : 3)));
  return factor < 2
    ? `reads ${shown} of what its neighbours say`
    : `reads ${shown} times what its neighbours say`;
}

/**
 * What is wrong with a sensor: `scale wrong, reads 0.93 of what its neighbours say`. Of a swapped one
 * the name of the other, if it is known, is to follow.
 */
export function faultText(found: Disagreement): string {
  const { fault, unit, other, factor, offsetK } = found;
  if (fault === 'stuck') return 'stuck, shows one value while what it measures moves';
  if (fault === 'dead') return 'dead, shows nothing of a load that others see';
  if (fault === 'hot') return 'hot: the GPU is badly cooled, or its sensor reads high';
  if (fault === 'miscabled') return miscabledText(found);
  if (fault === 'swapped') return `swapped, shows what belongs to ${other ? '' : 'another'}`;
  if (fault === 'unit') {
    const known = isNumber(factor) || isNumber(offsetK) ? `, ${readsText(found)}` : '';
    return `unit wrong${unit ? ` (${unit})` : ''}${known}`;
  }
  if (fault === 'drift') return `drifting, by now ${readsText(found)}`;
  if (fault === 'scale' || fault === 'offset') return `${fault} wrong, ${readsText(found)}`;
  return `${fault}, ${readsText(found)}`;
}

/** With both outlets, where they are known; the PDU that feeds it is to follow. */
function miscabledText({ other, documentedOutlet, loadedOutlet }: Disagreement): string {
  const not = documentedOutlet ? `not in ${documentedOutlet}` : 'not where it should be';
  const outlet = loadedOutlet?.slice(loadedOutlet.lastIndexOf('/') + 1);
  const where = outlet ? `but in outlet ${outlet} of` : other ? 'its load hangs on' : '';
  return `miscabled, the cord is ${not}${where && `, ${where}`} `.trimEnd();
}

export const balanceTitle = (id: string) => BALANCES.find(row => row.id === id)?.title ?? id;

/** Certainty is never told as complete. */
export const sureText = (confidence: number) =>
  confidence > 0.99 ? 'over 99 % sure' : `${ratioText(confidence)} sure`;

/** Digits after the point that two digits of the uncertainty need. */
function digitsOf(value: number, sd: number): number {
  const scale = sd > 0 ? sd : Math.abs(value) / 100;
  return scale > 0 ? Math.min(10, Math.max(0, 1 - Math.floor(Math.log10(scale)))) : 0;
}

const MICRO = 1e-6;
/** More zeros than this after the point are not counted at a glance. */
const MAX_DIGITS = 5;

/**
 * A value with its standard deviation, to the digits that this leaves: `0.0412 ± 0.0031`; tiny ones
 * in millionths.
 */
export function spreadText(value: number, sd: number): string {
  const digits = digitsOf(value, sd);
  if (digits > MAX_DIGITS) return `(${spreadText(value / MICRO, sd / MICRO)}) · 10⁻⁶`;
  const text = value.toFixed(digits).replace('-', '−');
  return sd > 0 ? `${text} ± ${sd.toFixed(digits)}` : text;
}
