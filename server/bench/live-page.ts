/**
 * What the page takes of the browser's main thread, on which nothing may last longer than the time of
 * a frame. CPU time of its tasks, from a trace: scripts, styles, layout and painting.
 */
import { join } from 'node:path';
import { chromiumPath, openTab, type Tab, type TraceEvent } from './chromium.ts';
import { pause } from './ingest-sender.ts';
import { quantile } from './machine.ts';

const SIZE: [number, number] = [1440, 900];
/** Of the floor: inside it at that size. */
const MIDDLE = { x: 500, y: 500 };
const LOADED_MS = 120_000;

const CATEGORIES = ['disabled-by-default-devtools.timeline', 'devtools.timeline', '__metadata'];

/** Between two positions of the pointer: that of a frame. */
const STEP_MS = 16;

/** Figures of a page that is looked at and one that is moved; or why there are none. */
export async function measurePage(url: string, dir: string, forS: number): Promise<object> {
  const path = chromiumPath();
  if (path === undefined) return { page: 'not measured: there is no chromium on the PATH' };
  const { ok } = await fetch(url);
  if (!ok) return { page: 'not measured: it is not built (npm run build:page)' };
  const tab = await openTab(path, join(dir, 'chromium'), SIZE);
  try {
    await open(tab, url);
    // The first second has what is worked out once.
    await pause(3000);
    const still = await tab.traced(CATEGORIES, () => pause(1000 * forS));
    const moved = await tab.traced(CATEGORIES, () => move(tab, forS));
    const thread = drawingThread(moved);
    return {
      ...stillFigures(tasksOf(still, thread), forS),
      ...movedFigures(tasksOf(moved, thread)),
    };
  } finally {
    await tab.close();
  }
}

/** Opens the page, and is there when all its racks have been drawn. */
async function open(tab: Tab, url: string): Promise<void> {
  await tab.send('Page.navigate', { url });
  const untilMs = performance.now() + LOADED_MS;
  for (;;) {
    const { result } = (await tab.send('Runtime.evaluate', {
      expression: "document.querySelector('.legend .key-fresh')?.parentElement.textContent ?? ''",
    })) as { result: { value?: string } };
    if (/[1-9]/.test(result.value ?? '')) return;
    if (performance.now() > untilMs) throw new Error('the live page shows no rack');
    await pause(200);
  }
}

/** Zooms in and out at the middle, then drags to and fro. */
async function move(tab: Tab, forS: number): Promise<void> {
  const steps = Math.round((1000 * forS) / STEP_MS);
  const mouse = (type: string, more: object) =>
    tab.send('Input.dispatchMouseEvent', { type, ...MIDDLE, ...more });
  const pressed = { button: 'left', buttons: 1, clickCount: 1 };
  for (let n = 0; n < steps / 2; n++) {
    const deltaY = (n % 80 < 40 ? -1 : 1) * 60;
    await Promise.all([mouse('mouseWheel', { deltaX: 0, deltaY }), pause(STEP_MS)]);
  }
  await mouse('mousePressed', pressed);
  for (let n = 0; n < steps / 2; n++) {
    const x = MIDDLE.x + 150 * Math.sin(n / 20);
    await Promise.all([mouse('mouseMoved', { ...pressed, x }), pause(STEP_MS)]);
  }
  await mouse('mouseReleased', pressed);
}

interface Task {
  readonly cpuMs: number;
  /** An animation frame was made in it. */
  readonly isFrame: boolean;
}

type Thread = Pick<TraceEvent, 'pid' | 'tid'>;

const FRAME = 'FireAnimationFrame';
const isOf = (one: Thread, { pid, tid }: Thread) => one.pid === pid && one.tid === tid;

/** The main thread of the page. */
export function drawingThread(events: readonly TraceEvent[]): Thread {
  const frame = events.find(({ name }) => name === FRAME);
  if (!frame) throw new Error('the live page drew nothing while it was moved');
  return frame;
}

/** What a thread did, task by task. */
export function tasksOf(events: readonly TraceEvent[], thread: Thread): Task[] {
  const own = events.filter(one => isOf(one, thread));
  const frames = own.filter(({ name }) => name === FRAME);
  return own
    .filter(({ name }) => name === 'RunTask')
    .sort((one, other) => one.ts - other.ts)
    .map(({ ts, dur = 0, tdur = 0 }) => ({
      cpuMs: tdur / 1000,
      isFrame: frames.some(at => at.ts >= ts && at.ts <= ts + dur),
    }));
}

/** Each frame with all that was done since the one before. */
export function framesOf(tasks: readonly Task[]): number[] {
  const frames: number[] = [];
  let sumMs = 0;
  for (const { cpuMs, isFrame } of tasks) {
    sumMs += cpuMs;
    if (!isFrame) continue;
    frames.push(sumMs);
    sumMs = 0;
  }
  return frames;
}

function stillFigures(tasks: readonly Task[], forS: number) {
  const eachMs = tasks.map(({ cpuMs }) => cpuMs);
  return {
    pageStillMsPerS: eachMs.reduce((sum, ms) => sum + ms, 0) / forS,
    pageStillLongestMs: quantile(eachMs, 1),
  };
}

function movedFigures(tasks: readonly Task[]) {
  const frames = framesOf(tasks);
  return {
    pageMovedFrames: frames.length,
    pageMovedFrameP50Ms: quantile(frames, 0.5),
    pageMovedFrameP99Ms: quantile(frames, 0.99),
    pageMovedLongestMs: quantile(
      tasks.map(({ cpuMs }) => cpuMs),
      1,
    ),
  };
}
