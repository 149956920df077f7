/** The course after a change in sentences and columns. */
import { formatDuration, formatNumber, plural, ratioText } from '../format.ts';
import { kindWord } from '../headroom/words.ts';
import type { Course, CourseEvent, CourseFate, CoursePlace, CourseTime } from './types.ts';

/** `3 min 25 s (2 min 30 s to 4 min 40 s)`; an edge beyond the horizon is said to be. */
function timeText({ value, low, high }: CourseTime, horizonS: number): string | undefined {
  const at = (s: number | null) =>
    s === null ? `over ${formatDuration(horizonS)}` : formatDuration(s);
  if (value === null) return low === null ? undefined : `${at(low)} at worst`;
  return low === value && high === value ? at(value) : `${at(value)} (${at(low)} to ${at(high)})`;
}

const MINUTE_S = 60;
const clock = (s: number) =>
  `${Math.floor(s / MINUTE_S)}:${String(Math.round(s) % MINUTE_S).padStart(2, '0')}`;

/** `4:20 (3:05–7:00)`, minutes and seconds, for tables; a dash: not within the horizon. */
export function timeCell({ value, low, high }: CourseTime): string {
  if (value === null) return '–';
  return `${clock(value)} (${low === null ? '' : clock(low)}–${high === null ? '' : clock(high)})`;
}

/** What becomes of the GPUs, the first thing first. */
export function fateSentences(course: Course): string[] {
  const { horizonS, timeToThrottleS, timeToShutdownS, throttledGpus, shutDownGpus } = course;
  const { darkGpus, gpuCount } = course;
  const sentences: string[] = [];
  const throttles = timeText(timeToThrottleS, horizonS);
  const shutsDown = timeText(timeToShutdownS, horizonS);
  if (throttles === undefined) {
    sentences.push(`No GPU throttles within ${formatDuration(horizonS)}.`);
  } else if (timeToThrottleS.value === null) {
    sentences.push(`No GPU should throttle; the first after ${throttles}.`);
  } else {
    const [first, many] = [plural(throttledGpus, 'GPU'), throttledGpus === gpuCount ? 'all' : ''];
    sentences.push(`The first GPU throttles after ${throttles}, ${many || first} in the end.`);
  }
  if (shutsDown !== undefined) {
    const count = shutDownGpus > 0 ? `, ${plural(shutDownGpus, 'GPU')} in the end` : '';
    sentences.push(`The first one goes off after ${shutsDown}${count}.`);
  }
  const hosts = hostsText(course);
  if (hosts) sentences.push(hosts);
  if (darkGpus > 0) sentences.push(`${plural(darkGpus, 'GPU')} without power.`);
  const lost = lostText(course);
  if (lost) sentences.push(`Work lost: ${lost}.`);
  return sentences;
}

/** Hosts that are off at the end, of all halls that are shown. */
function hostsText({ halls }: Course): string | undefined {
  const ends = halls.flatMap(({ points }) => points.at(-1)?.hostsOff ?? []);
  const sum = (of: (end: (typeof ends)[number]) => number) =>
    ends.reduce((total, end) => total + of(end), 0);
  const [off, least, most] = [sum(e => e.value), sum(e => e.low), sum(e => e.high)];
  if (most === 0) return undefined;
  const all = halls.reduce((total, { hostCount }) => total + hostCount, 0);
  const band = least === most ? '' : ` (${least} to ${most})`;
  return `In the end ${off}${band} of ${plural(all, 'host')} ${off === 1 ? 'is' : 'are'} off.`;
}

/** Less than this is rounding. */
const LOST_MIN_RATIO = 0.0005;

function lostText({ lostWorkRatio, lostGpuH }: CourseFate): string | undefined {
  if (lostWorkRatio === null || lostWorkRatio < LOST_MIN_RATIO) return undefined;
  return `${ratioText(lostWorkRatio)}, ${formatNumber(lostGpuH)} GPU h`;
}

export function unaffectedSentence({ unaffected, affectedRacks }: Course): string {
  if (affectedRacks === 0) return 'All racks go on as they are.';
  if (unaffected.racks === 0) return 'No rack goes on as it is.';
  const many =
    unaffected.racks === 1
      ? '1 rack goes on as it is'
      : `${plural(unaffected.racks, 'rack')} go on as they are`;
  return `${many}, ${plural(unaffected.gpus, 'GPU')}.`;
}

/** What the bands stand on, signals of one basis together. */
export function bandSentences({ bands }: Course): string[] {
  const groups = Map.groupBy(bands, ({ says }) => says);
  return [...groups].map(
    ([says, all]) =>
      `Band of ${all.map(({ signal }) => BAND_WORDS[signal] ?? signal).join(', ')}: ${says}.`,
  );
}

const BAND_WORDS: Readonly<Record<string, string>> = {
  powerW: 'power',
  inletTempC: 'inlets',
  gpuTempC: 'GPUs',
};

/** Of one thing, and of several. */
const EVENT_WORDS: Readonly<Record<string, readonly [one: string, many: string]>> = {
  fails: ['lost', 'lost'],
  onBattery: ['on battery', 'on battery'],
  batteryEmpty: ['battery empty', 'batteries empty'],
  generatorRuns: ['carries load', 'carry load'],
  breakerTrips: ['trips', 'trip'],
  coolingStops: ['stands still', 'stand still'],
  coolingBack: ['cools again', 'cool again'],
};

interface EventLine {
  readonly atS: number;
  readonly text: string;
}

const NAMED_MAX = 3;

/** One line for all of a kind that do the same at once. */
export function eventLines(events: readonly CourseEvent[]): EventLine[] {
  const groups = Map.groupBy(events, ({ atS, what, kind }) => `${Math.round(atS)} ${what} ${kind}`);
  return [...groups.values()]
    .map(group => {
      const [{ atS, what, kind }] = group;
      const does = EVENT_WORDS[what]?.[group.length > 1 ? 1 : 0] ?? what;
      const who =
        group.length > NAMED_MAX
          ? plural(group.length, kindWord(kind))
          : group.map(({ entity }) => entity).join(', ');
      return { atS, text: `${who}: ${does}` };
    })
    .sort((a, b) => a.atS - b.atS);
}

export const COURSE_SIGNALS = ['gpuTempC', 'inletTempC', 'powerW'] as const;
export type CourseSignal = (typeof COURSE_SIGNALS)[number];

type Column = (number | null)[];

/** Seconds, value, upper and lower edge, as uPlot wants them. */
export function courseColumns(
  { points }: CoursePlace,
  signal: CourseSignal,
): [number[], Column, Column, Column] {
  return [
    points.map(({ atS }) => atS),
    points.map(point => point[signal]?.value ?? null),
    points.map(point => point[signal]?.high ?? null),
    points.map(point => point[signal]?.low ?? null),
  ];
}
