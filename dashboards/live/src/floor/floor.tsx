/** The hall floor: canvases, toolbar, legend, tooltip, and the keys that move over it. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { chosenStore, cursorStore, useApp } from '../app-context.ts';
import { titleOf, valueText } from '../format.ts';
import { onKeys } from '../keys.ts';
import { go } from '../navigate.ts';
import { Failure, Waiting } from '../parts/states.tsx';
import { useStore } from '../store.ts';
import { themeStore } from '../theme.ts';
import { badgesOf } from './badges.ts';
import { createFloorCanvas, type FloorCanvas, type FloorInput } from './floor-canvas.ts';
import { FloorTable } from './floor-table.tsx';
import { layoutFloor, type PlacedRack } from './layout.ts';
import { Legend } from './legend.tsx';
import { numberText } from './paint.ts';
import { createPalette } from './palette.ts';
import { canRelate } from './signals.ts';
import { Toolbar, ViewTools } from './toolbar.tsx';
import { Tooltip } from './tooltip.tsx';
import { type FloorLive, placeables, useFloorLive } from './use-floor.ts';
import type { Direction } from './viewport.ts';

/** Width over height that the layout aims at; the view fits whatever comes out. */
const ASPECT = 1.5;

const ARROWS: Readonly<Record<string, Direction>> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
};

export function Floor({ signal }: { signal: string }) {
  const { floor } = useApp();
  const [wish, setWish] = useState<boolean | undefined>(undefined);
  const [isTable, setTable] = useState(false);
  const live = useFloorLive(floor, signal, wish);
  const cells = useStore(live.cells);
  const limits = useStore(live.limits);
  const error = useStore(live.error);
  const canvas = useRef<FloorCanvas | undefined>(undefined);
  const theme = useStore(themeStore);
  const palette = useMemo(() => createPalette(theme), [theme]);
  // Each signal has its own default.
  useEffect(() => setWish(undefined), [signal]);
  if (floor.error && !floor.isLoaded) return <Failure what="The floor" error={floor.error} />;
  if (!floor.isLoaded) return <Waiting what="the floor" />;
  const canBeRelative =
    canRelate(signal) && limits.compare === 'max' && limits.values.some(limit => limit > 0);
  return (
    <section class="floor" aria-label="Hall floor">
      <Toolbar signal={signal} />
      {error && <Failure what="Live values" error={error} />}
      <div class="floor-stage">
        {isTable ? (
          <FloorTable live={live} signal={signal} />
        ) : (
          <Stage live={live} signal={signal} palette={palette} canvasRef={canvas} />
        )}
      </div>
      <div class="floor-foot">
        {cells && <Legend cells={cells} palette={palette} isWaiting={limits.isWaiting ?? false} />}
        <ViewTools
          isRelative={cells?.isRelative ?? false}
          canBeRelative={canBeRelative}
          isTable={isTable}
          onRelative={setWish}
          onTable={setTable}
          onZoom={factor => canvas.current?.zoom(factor)}
          onFit={() => canvas.current?.fit()}
        />
      </div>
    </section>
  );
}

interface StageProps {
  readonly live: FloorLive;
  readonly signal: string;
  readonly palette: FloorInput['palette'];
  readonly canvasRef: { current: FloorCanvas | undefined };
}

function Stage({ live, signal, palette, canvasRef }: StageProps) {
  const { floor, alerts } = useApp();
  const host = useRef<HTMLDivElement>(null);
  const [hover, setHover] = useState<PlacedRack | undefined>();
  const [, setMoves] = useState(0);
  const cursor = useStore(cursorStore);
  const chosen = useStore(chosenStore);
  const plan = useMemo(() => layoutFloor(placeables(floor), ASPECT), [floor]);
  const slotOf = useMemo(
    () => new Map(floor.racks.map((rack, slot) => [rack.id, slot])),
    [floor.racks],
  );
  const slots = useMemo(
    () => Int32Array.from(plan.racks, rack => slotOf.get(rack.id) ?? -1),
    [plan, slotOf],
  );
  const badges = useMemo(() => badgesOf(alerts), [alerts]);
  const marks = { hover: hover?.id, cursor, chosen };

  // Made once; the effects below update it.
  useEffect(() => {
    if (!host.current) return;
    const input = { plan, slots, palette, badges, marks, cells: live.cells.get() };
    const canvas = createFloorCanvas(host.current, input, {
      hover: setHover,
      open: (view, id) => go({ view, id }),
      moved: () => setMoves(count => count + 1),
    });
    canvasRef.current = canvas;
    return () => {
      canvasRef.current = undefined;
      canvas.close();
    };
  }, []);
  useEffect(() => canvasRef.current?.update({ plan, slots }), [plan, slots, canvasRef]);
  useEffect(() => canvasRef.current?.update({ palette }), [palette, canvasRef]);
  useEffect(() => canvasRef.current?.update({ badges }), [badges, canvasRef]);
  // The marks are these three.
  useEffect(() => canvasRef.current?.update({ marks }), [hover, cursor, chosen, canvasRef]);
  useEffect(() => {
    canvasRef.current?.update({ cells: live.cells.get() });
    return live.cells.watch(cells => canvasRef.current?.update({ cells }));
  }, [live, canvasRef]);
  useEffect(() => onKeys(event => handleKey(event, canvasRef.current)), [canvasRef]);

  const shown = hover?.id ?? cursor;
  const place = shown === undefined ? undefined : canvasRef.current?.place(shown);
  const slot = slotOf.get(shown ?? '') ?? -1;
  return (
    <div
      ref={host}
      class="floor-canvas"
      role="application"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: arrows move over the racks
      tabIndex={0}
      aria-label="Floor plan: arrows move between racks, Enter opens one; as text under Table"
    >
      <canvas />
      <canvas />
      {shown !== undefined && place && host.current && (
        <Tooltip
          rack={shown}
          slot={slot}
          signal={signal}
          live={live}
          place={place}
          bounds={{ width: host.current.clientWidth, height: host.current.clientHeight }}
        />
      )}
      <Spoken live={live} rack={cursor} slot={slotOf.get(cursor ?? '') ?? -1} />
    </div>
  );
}

function handleKey(event: KeyboardEvent, canvas: FloorCanvas | undefined): boolean {
  if (!canvas) return false;
  const direction = ARROWS[event.key];
  const cursor = cursorStore.get();
  if (direction) {
    const next = canvas.neighbour(cursor, direction);
    if (next) {
      cursorStore.set(next.id);
      canvas.reveal(next);
    }
    return true;
  }
  if (event.key === 'Enter' && cursor) go({ view: 'rack', id: cursor });
  else if (event.key === 'Escape' && cursor) cursorStore.set(undefined);
  else if (event.key === 'Escape') chosenStore.set(new Map());
  else if (event.key === '+' || event.key === '=') canvas.zoom(1.3);
  else if (event.key === '-') canvas.zoom(1 / 1.3);
  else if (event.key === 'f') canvas.fit();
  else return false;
  return true;
}

/** What a screen reader says when the cursor moves. */
function Spoken({ live, rack, slot }: { live: FloorLive; rack: string | undefined; slot: number }) {
  const cells = live.cells.get();
  if (!rack || !cells) return <p class="spoken" aria-live="polite" />;
  const number = cells.isRelative
    ? `${numberText(cells, slot)} of limit`
    : valueText(cells.signal, cells.numbers[slot]);
  const isBreach = cells.breaches[slot] === 1 ? ', beyond its limit' : '';
  return (
    <p class="spoken" aria-live="polite">
      {`${rack}: ${titleOf(cells.signal)} ${number}${isBreach}`}
    </p>
  );
}
