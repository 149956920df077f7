/** The course of power and heat after a change, for people. */
import type { Course, CoursePlace, CourseTime } from '../../twin/index.ts';
import { humanValue } from '../human-value.ts';
import { printTable } from './output.ts';

type Banded = CoursePlace['points'][number]['hostsOff'];

const RACKS_SHOWN = 12;
const EVENTS_SHOWN = 20;

export function printCourse(course: Course) {
  const out = (text: string) => process.stdout.write(`${text}\n`);
  const { horizonS, timeToThrottleS, timeToShutdownS, unaffected } = course;
  out(`  within ${minutes(horizonS)}:`);
  out(
    `  first GPU throttles: ${timeText(timeToThrottleS)}; goes off: ${timeText(timeToShutdownS)}`,
  );
  out(
    `  of ${course.gpuCount} GPUs ${course.throttledGpus} throttle, ${course.shutDownGpus} go off, ` +
      `${course.darkGpus} are without power; work lost: ${lost(course.lostWorkRatio)}, ` +
      `${course.lostGpuH} GPU h`,
  );
  out(`  ${unaffected.racks} racks with ${unaffected.gpus} GPUs go on as they are`);
  for (const line of eventLines(course).slice(0, EVENTS_SHOWN)) out(`  ${line}`);
  printPlaces([...course.halls, ...course.racks.slice(0, RACKS_SHOWN)]);
  const { points, energyJ } = course.cooling;
  const [coolingFrom, coolingTo] = [points[0], points[points.length - 1]];
  out(
    `  fans and pumps of their cooling units: ${humanValue(coolingFrom.powerW, 'W')} > ` +
      `${humanValue(coolingTo.powerW, 'W')}, ${humanValue(energyJ / 3600, 'W')}h`,
  );
  const left = course.affectedRacks - Math.min(course.racks.length, RACKS_SHOWN);
  if (left > 0) out(`  and ${left} more racks`);
  for (const { signal, says } of course.bands) out(`  band of ${signal}: ${says}`);
}

function printPlaces(places: readonly CoursePlace[]) {
  const rows = places.map(place => {
    const [from, to] = [place.points[0], place.points[place.points.length - 1]];
    const hottest = place.points.map(({ gpuTempC }) => gpuTempC?.value ?? Number.NaN);
    return [
      `${place.kind} ${place.id}`,
      timeText(place.timeToThrottleS),
      `${humanValue(from.powerW.value, 'W')} > ${humanValue(to.powerW.value, 'W')}`,
      `${humanValue(from.inletTempC.value, 'C')} > ${humanValue(to.inletTempC.value, 'C')}`,
      humanValue(Math.max(...hottest.filter(c => !Number.isNaN(c))), 'C'),
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
