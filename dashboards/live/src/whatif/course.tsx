/** Power and heat after the change: what happens when, a chart of one place, the racks hit first. */
import { useMemo, useState } from 'preact/hooks';
import type uPlot from 'uplot';
import { axesFor, rangeWith } from '../chart/axes.ts';
import { Chart } from '../chart/chart.tsx';
import type { ChartColours } from '../chart/colours.ts';
import { limitLine } from '../chart/history-chart.tsx';
import { formatDuration, plural, ratioText, titleOf } from '../format.ts';
import { entityHref } from '../navigate.ts';
import {
  bandSentences,
  COURSE_SIGNALS,
  type CourseSignal,
  courseColumns,
  eventLines,
  fateSentences,
  timeCell,
  unaffectedSentence,
} from './course-words.ts';
import type { Course, CoursePlace } from './types.ts';

export function CourseView({ course }: { course: Course }) {
  const sentences = fateSentences(course);
  const already = course.alreadyThrottling;
  return (
    <div class="course">
      <h4>The next {formatDuration(course.horizonS)}</h4>
      {sentences.map(text => (
        <p key={text}>{text}</p>
      ))}
      <p>{unaffectedSentence(course)}</p>
      {already > 0 && <p class="quiet">{plural(already, 'GPU')} throttled already, before it.</p>}
      <Places course={course} />
      <Racks course={course} />
      <Events course={course} />
      {bandSentences(course).map(text => (
        <p key={text} class="quiet">
          {text}
        </p>
      ))}
    </div>
  );
}

function Places({ course }: { course: Course }) {
  const places = [...course.racks, ...course.halls];
  const [id, setId] = useState<string>();
  const [signal, setSignal] = useState<CourseSignal>('gpuTempC');
  const place = places.find(one => one.id === id) ?? places[0];
  if (!place) return null;
  return (
    <>
      <div class="form-row">
        <select
          aria-label="Place"
          value={place.id}
          onChange={event => setId(event.currentTarget.value)}
        >
          {places.map(one => (
            <option key={one.id}>{one.id}</option>
          ))}
        </select>
        <select
          aria-label="Signal of the course"
          value={signal}
          onChange={event => setSignal(event.currentTarget.value as CourseSignal)}
        >
          {COURSE_SIGNALS.map(one => (
            <option key={one} value={one}>
              {titleOf(one)}
            </option>
          ))}
        </select>
      </div>
      <CourseChart place={place} signal={signal} slowdownTempC={course.slowdownTempC} />
    </>
  );
}

interface ChartProps {
  readonly place: CoursePlace;
  readonly signal: CourseSignal;
  readonly slowdownTempC: number | null;
}

function CourseChart({ place, signal, slowdownTempC }: ChartProps) {
  const columns = useMemo(() => courseColumns(place, signal), [place, signal]);
  const limit = signal === 'gpuTempC' ? (slowdownTempC ?? undefined) : undefined;
  return (
    <Chart
      label={`Course of ${titleOf(signal)} of ${place.id}`}
      height={180}
      columns={columns}
      build={colours => courseOptions(signal, limit, colours)}
      kind={`${place.id} ${signal} ${limit}`}
    />
  );
}

const MINUTE_S = 60;
const STEPS_S = [60, 120, 180, 300, 600, 900, 1800];

function courseOptions(
  signal: string,
  limit: number | undefined,
  colours: ChartColours,
): Omit<uPlot.Options, 'width' | 'height'> {
  const quiet = { width: 0, points: { show: false } };
  const [times, values] = axesFor(signal, colours);
  const minutes: uPlot.Axis = {
    ...times,
    incrs: STEPS_S,
    values: (_plot, splits) => splits.map(s => (s === 0 ? 'now' : `${s / MINUTE_S} min`)),
  };
  return {
    legend: { show: false },
    cursor: { y: false },
    axes: [minutes, values],
    scales: { x: { time: false }, y: { range: rangeWith(limit) ?? 'auto' } } as uPlot.Scales,
    series: [
      {},
      { label: 'course', stroke: colours.forecast, width: 1.5, points: { show: false } },
      { label: 'upper', ...quiet },
      { label: 'lower', ...quiet },
    ],
    bands: [{ series: [2, 3], fill: colours.band }],
    hooks: limit === undefined ? {} : { draw: [limitLine(limit, colours.limit)] },
  };
}

const SHOWN_RACKS = 12;

function Racks({ course: { racks, affectedRacks } }: { course: Course }) {
  if (racks.length === 0) return null;
  return (
    <>
      <table>
        <thead>
          <tr>
            <th scope="col">Hit first</th>
            <th scope="col" class="number">
              Throttles after, min
            </th>
            <th scope="col" class="number">
              Work lost
            </th>
          </tr>
        </thead>
        <tbody>
          {racks.slice(0, SHOWN_RACKS).map(rack => (
            <tr key={rack.id}>
              <th scope="row">
                <a href={entityHref('rack', rack.id)}>{rack.id}</a>
              </th>
              <td class="number">
                {rack.darkGpus > 0 ? 'without power' : timeCell(rack.timeToThrottleS)}
              </td>
              <td class="number">{ratioText(rack.lostWorkRatio ?? 0)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {affectedRacks > SHOWN_RACKS && (
        <p class="quiet">and {plural(affectedRacks - SHOWN_RACKS, 'more rack')}</p>
      )}
    </>
  );
}

function Events({ course }: { course: Course }) {
  const lines = eventLines(course.events);
  if (lines.length < 2) return null;
  return (
    <ol class="steps">
      {lines.map(({ atS, text }) => (
        <li key={`${atS} ${text}`}>
          <span class="quiet">{formatDuration(atS)}</span> {text}
        </li>
      ))}
      {course.moreEvents > 0 && (
        <li class="quiet">and {plural(course.moreEvents, 'more event')}</li>
      )}
    </ol>
  );
}
