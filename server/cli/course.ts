/** The course of power and heat after a change, for people. */
import type { Course, CoursePlace, CourseTime, Unit } from '../../twin/index.ts';
import { humanValue } from '../human-value.ts';
import { printLine, printTable } from './output.ts';

type Banded = CoursePlace['points'][number]['hostsOff'];

const RACKS_SHOWN = 12;
const EVENTS_SHOWN = 20;

export function printCourse(course: Course) {
  const { horizonS, timeToThrottleS, timeToShutdownS, unaffected } = course;
  printLine(`  within ${minutes(horizonS)}:`);
  printLine(
    `  first GPU throttles: ${timeText(timeToThrottleS)}; goes off: ${timeText(timeToShutdownS)}`,
  );
  printLine(
    `  of ${course.gpuCount} GPUs ${course.throttledGpus} throttle, ${course.shutDownGpus} go off, ` +
      `${course.darkGpus} are without power; work lost: ${lost(course.lostWorkRatio)}, ` +
      `${course.lostGpuH} GPU h`,
  );
  printLine(`  ${unaffected.racks} racks with ${unaffected.gpus} GPUs go on as they are`);
  for (const line of eventLines(course).slice(0, EVENTS_SHOWN)) printLine(`  ${line}`);
  const racks = course.racks.slice(0, RACKS_SHOWN);
  printPlaces([...course.halls, ...racks]);
  const left = course.affectedRacks - racks.length;
  if (left > 0) printLine(`  and ${left} more racks`);
  const [from, to] = ends(course.cooling.points);
  const energy = `${humanValue(course.cooling.energyJ / 3600, 'W')}h`;
  const fans = fromTo(from.powerW, to.powerW, 'W');
  printLine(`  fans and pumps of their cooling units: ${fans}, ${energy}`);
  for (const { signal, says } of course.bands) printLine(`  band of ${signal}: ${says}`);
}

function printPlaces(places: readonly CoursePlace[]) {
  const rows = places.map(place => {
    const [from, to] = ends(place.points);
    const gpusC = place.points.flatMap(({ gpuTempC }) => gpuTempC?.value ?? []);
    return [
      `${place.kind} ${place.id}`,
      timeText(place.timeToThrottleS),
      fromTo(from.powerW.value, to.powerW.value, 'W'),
      fromTo(from.inletTempC.value, to.inletTempC.value, 'C'),
      humanValue(gpusC.length > 0 ? Math.max(...gpusC) : null, 'C'),
      hostsText(place, to.hostsOff),
      lost(place.lostWorkRatio),
    ];
  });
  if (rows.length === 0) return;
  printTable(
    ['where', 'throttles after', 'power', 'inlet', 'hottest GPU', 'hosts off', 'work lost'],
    rows,
  );
}

/** Before the change, and at the horizon. */
const ends = <T>(points: readonly T[]) => [points[0], points[points.length - 1]] as const;

const fromTo = (from: number, to: number, unit: Unit) =>
  `${humanValue(from, unit)} > ${humanValue(to, unit)}`;

/** `12 of 16 (4..16)`, at the end. */
function hostsText({ hostCount }: CoursePlace, { value, low, high }: Banded): string {
  return high === 0 ? 'none' : `${value} of ${hostCount} (${low}..${high})`;
}

const minutes = (s: number) => (s < 60 ? `${Math.round(s)} s` : `${+(s / 60).toFixed(1)} min`);

/** `4.3 min (3.1 min..7 min)`; an edge beyond the horizon is left open. */
function timeText({ value, low, high }: CourseTime): string {
  if (value === null && low === null) return 'no';
  if (value === null) return `no (${minutes(low ?? 0)}..)`;
  return `${minutes(value)} (${minutes(low ?? value)}..${high === null ? '' : minutes(high)})`;
}

const lost = (ratio: number | null) => (ratio === null ? '-' : `${(100 * ratio).toFixed(1)} %`);

/** One line for all of a kind that do the same at once. */
function eventLines({ events, moreEvents }: Course): string[] {
  const groups = Map.groupBy(events, ({ atS, what, kind }) => `${minutes(atS)} ${what} ${kind}`);
  const lines = [...groups].map(([key, all]) =>
    all.length > 4
      ? `${key}: ${all.length} of them`
      : `${key}: ${all.map(({ entity }) => entity).join(', ')}`,
  );
  return moreEvents > 0 ? [...lines, `and ${moreEvents} events more`] : lines;
}
