/**
 * The hall floor as a plan in metres: from attributes `x`, `y` of the racks (metres, the corner
 * nearest the hall's origin) where a whole hall has them, else rows laid out with aisles between.
 */

export interface Placeable {
  readonly id: string;
  readonly kind: string;
  readonly parent?: string | null;
  readonly title?: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PlacedRack extends Box {
  readonly id: string;
  readonly title: string;
  readonly row: string;
  readonly hall: string;
}

interface PlacedArea extends Box {
  readonly id: string;
  readonly title: string;
}

export interface Glyph extends Box {
  readonly id: string;
  readonly kind: string;
}

export interface Plan {
  readonly width: number;
  readonly height: number;
  readonly halls: readonly PlacedArea[];
  readonly rows: readonly PlacedArea[];
  readonly racks: readonly PlacedRack[];
  readonly glyphs: readonly Glyph[];
}

/** Footprint of a 19-inch rack, the usual 600 mm x 1200 mm; metres. */
export const RACK_WIDTH = 0.6;
const RACK_DEPTH = 1.2;
/** Without positions the plan is a scheme: racks may be drawn wider to use the room there is. */
const SCHEME_WIDTHS = [RACK_WIDTH, 0.75, 0.9, 1.05, 1.2];
/** Aisle between two rows, with the row's name in it. */
const AISLE = 0.8;
const HALL_MARGIN = 0.45;
const HALL_TITLE = 0.8;
const HALL_GAP = 0.6;
const ROW_GAP = 0.7;
/** Room that PDUs and CDUs take at each end of a row. */
const ROW_END = 0.55;
const GLYPH = 0.55;
const ROW_GLYPHS: ReadonlySet<string> = new Set(['pdu', 'cdu']);

interface HallDraft {
  readonly width: number;
  readonly height: number;
  readonly cellWidth: number;
  readonly hall: Placeable;
  readonly rows: readonly PlacedArea[];
  readonly racks: readonly PlacedRack[];
  readonly glyphs: readonly Glyph[];
}

type ByParent = ReadonlyMap<string, readonly Placeable[]>;

/** `aspect` is width over height of the place it will be shown in. */
export function layoutFloor(entities: readonly Placeable[], aspect: number): Plan {
  const halls = entities.filter(entity => entity.kind === 'hall');
  const known = new Set(entities.map(entity => entity.id));
  const byParent = new Map(Map.groupBy(entities, entity => entity.parent ?? ''));
  const orphans = entities.filter(
    entity => entity.kind === 'rack' && !known.has(entity.parent ?? ''),
  );
  if (orphans.length > 0) {
    halls.push({ id: ORPHANAGE, kind: 'hall', title: 'Racks in no hall' });
    byParent.set(ORPHANAGE, orphans);
  }
  let best: Plan | undefined;
  let bestSize = -1;
  for (let columns = 1; columns <= Math.max(1, halls.length); columns++) {
    const rows = Math.ceil(halls.length / columns) || 1;
    const drafts = halls.map(hall => draftHall(hall, byParent, (aspect * rows) / columns));
    const plan = packHalls(drafts, columns);
    const size = sizeOf(plan, aspect, Math.min(...drafts.map(draft => draft.cellWidth), 2));
    if (size > bestSize) [best, bestSize] = [plan, size];
  }
  return best!;
}

/** Stands for the hall of racks that have none; no entity may have this id. */
const ORPHANAGE = '\u0000';

/** How large a rack comes out when the whole is fitted: what the layouts are compared by. */
const sizeOf = (plan: { width: number; height: number }, aspect: number, cellWidth: number) =>
  Math.min(aspect / plan.width, 1 / plan.height) * Math.sqrt(cellWidth * RACK_DEPTH);

function draftHall(hall: Placeable, byParent: ByParent, aspect: number): HallDraft {
  const inHall = byParent.get(hall.id) ?? [];
  const rows = inHall.filter(entity => entity.kind === 'row');
  const loose = inHall.filter(entity => entity.kind === 'rack');
  const strips = rows.map(row => ({ row, racks: racksOf(byParent.get(row.id)) }));
  if (loose.length > 0) strips.push({ row: { id: '', kind: 'row', title: '' }, racks: loose });
  const racks = strips.flatMap(strip => strip.racks);
  const wall = inHall.filter(({ kind }) => kind === 'crah' || ROW_GLYPHS.has(kind));
  const hasEnds = rows.some(row => (byParent.get(row.id) ?? []).some(isRowUnit));
  const end = hasEnds ? ROW_END : 0;
  const gutter = HALL_MARGIN + end + (wall.length > 0 ? GLYPH + 0.2 : 0);
  const isPlaced = racks.length > 0 && racks.every(rack => positionOf(rack) !== undefined);
  const draft = isPlaced
    ? placedHall(hall, strips, gutter)
    : stripHall(hall, strips, { gutter, gap: ROW_GAP + 2 * end, aspect });
  return withGlyphs(draft, wall, byParent);
}

const isRowUnit = ({ kind }: Placeable) => ROW_GLYPHS.has(kind) || kind === 'crah';

const racksOf = (inRow: readonly Placeable[] | undefined) =>
  (inRow ?? []).filter(entity => entity.kind === 'rack');

interface Strip {
  readonly row: Placeable;
  readonly racks: readonly Placeable[];
}

function positionOf(rack: Placeable): { x: number; y: number } | undefined {
  const x = rack.attributes?.x;
  const y = rack.attributes?.y;
  return typeof x === 'number' && typeof y === 'number' ? { x, y } : undefined;
}

const titleOf = (entity: Placeable) => entity.title || entity.id;

function placedHall(hall: Placeable, strips: readonly Strip[], gutter: number): HallDraft {
  const spots = strips.flatMap(strip => strip.racks.map(rack => positionOf(rack)!));
  const left = Math.min(...spots.map(spot => spot.x));
  const top = Math.min(...spots.map(spot => spot.y));
  const racks = strips.flatMap(strip =>
    strip.racks.map(rack => {
      const spot = positionOf(rack)!;
      const place = { x: spot.x - left + gutter, y: spot.y - top + HALL_TITLE };
      return placed(rack, strip.row.id, hall.id, { ...place, width: RACK_WIDTH });
    }),
  );
  return closeHall(hall, strips, racks, gutter);
}

const placed = (
  rack: Placeable,
  row: string,
  hall: string,
  place: { x: number; y: number; width: number },
): PlacedRack => ({ id: rack.id, title: titleOf(rack), row, hall, ...place, height: RACK_DEPTH });

interface Room {
  readonly gutter: number;
  /** Between the columns of rows. */
  readonly gap: number;
  readonly aspect: number;
}

/** Rows as strips, in the columns and the rack width that make racks come out largest. */
function stripHall(hall: Placeable, strips: readonly Strip[], room: Room): HallDraft {
  const { gutter, gap } = room;
  const longest = Math.max(1, ...strips.map(strip => strip.racks.length));
  const { columns, cellWidth } = bestGrid(strips.length, longest, room);
  const perColumn = Math.ceil(strips.length / columns);
  const racks = strips.flatMap((strip, index) => {
    const x = gutter + Math.floor(index / perColumn) * (longest * cellWidth + gap);
    const y = HALL_TITLE + (index % perColumn) * (RACK_DEPTH + AISLE);
    return strip.racks.map((rack, slot) =>
      placed(rack, strip.row.id, hall.id, { x: x + slot * cellWidth, y, width: cellWidth }),
    );
  });
  return closeHall(hall, strips, racks, gutter);
}

function bestGrid(strips: number, longest: number, { gutter, gap, aspect }: Room) {
  let best = { columns: 1, cellWidth: RACK_WIDTH };
  let bestSize = -1;
  for (let columns = 1; columns <= Math.max(1, strips); columns++) {
    for (const cellWidth of SCHEME_WIDTHS) {
      const width = 2 * gutter + columns * (longest * cellWidth + gap) - gap;
      const height = HALL_TITLE + Math.ceil(strips / columns) * (RACK_DEPTH + AISLE);
      const size = sizeOf({ width, height }, aspect, cellWidth);
      if (size > bestSize) [best, bestSize] = [{ columns, cellWidth }, size];
    }
  }
  return best;
}

function closeHall(
  hall: Placeable,
  strips: readonly Strip[],
  racks: readonly PlacedRack[],
  gutter: number,
): HallDraft {
  const byRow = Map.groupBy(racks, rack => rack.row);
  const rows = strips.flatMap(({ row }) => {
    const inRow = byRow.get(row.id);
    return inRow && row.id ? [{ id: row.id, title: titleOf(row), ...boundsOf(inRow) }] : [];
  });
  const bounds = racks.length > 0 ? boundsOf(racks) : { x: 0, y: 0, width: 3, height: 1 };
  const width = bounds.x + bounds.width + gutter;
  // The last row's name needs the room of an aisle too.
  const height = bounds.y + bounds.height + Math.max(HALL_MARGIN, AISLE * 0.75);
  return { hall, rows, racks, glyphs: [], width, height, cellWidth: racks[0]?.width ?? 2 };
}

function boundsOf(boxes: readonly Box[]): Box {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const box of boxes) {
    left = Math.min(left, box.x);
    top = Math.min(top, box.y);
    right = Math.max(right, box.x + box.width);
    bottom = Math.max(bottom, box.y + box.height);
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** CRAHs stand at the hall's walls, left and right in turn; PDUs and CDUs at the ends of rows. */
function withGlyphs(draft: HallDraft, wall: readonly Placeable[], byParent: ByParent): HallDraft {
  const perSide = Math.ceil(wall.length / 2);
  const pitch = (draft.height - HALL_TITLE - HALL_MARGIN) / Math.max(1, perSide);
  const atWall = wall.map((unit, index) => ({
    id: unit.id,
    kind: unit.kind,
    x: index % 2 === 0 ? 0.2 : draft.width - GLYPH - 0.2,
    y: HALL_TITLE + (Math.floor(index / 2) + 0.5) * pitch - GLYPH / 2,
    width: GLYPH,
    height: GLYPH,
  }));
  const atRows = draft.rows.flatMap(row => rowGlyphs(row, byParent.get(row.id) ?? []));
  return { ...draft, glyphs: [...atWall, ...atRows] };
}

function rowGlyphs(row: PlacedArea, inRow: readonly Placeable[]): Glyph[] {
  const units = inRow.filter(isRowUnit);
  const size = Math.min(0.42, row.height / Math.ceil(units.length / 2 || 1) - 0.05);
  return units.map((unit, index) => ({
    id: unit.id,
    kind: unit.kind,
    x: index % 2 === 0 ? row.x - size - 0.1 : row.x + row.width + 0.1,
    y: row.y + Math.floor(index / 2) * (size + 0.06),
    width: size,
    height: size,
  }));
}

function packHalls(drafts: readonly HallDraft[], columns: number): Plan {
  const width = Math.max(1, ...drafts.map(draft => draft.width)) + HALL_GAP;
  const height = Math.max(1, ...drafts.map(draft => draft.height)) + HALL_GAP;
  const moved = drafts.map((draft, index) =>
    movedBy(draft, (index % columns) * width, Math.floor(index / columns) * height),
  );
  return {
    width: Math.max(1, columns * width - HALL_GAP),
    height: Math.max(1, Math.ceil(drafts.length / columns) * height - HALL_GAP),
    halls: moved.map(draft => draft.area),
    rows: moved.flatMap(draft => draft.rows),
    racks: moved.flatMap(draft => draft.racks),
    glyphs: moved.flatMap(draft => draft.glyphs),
  };
}

function movedBy(draft: HallDraft, dx: number, dy: number) {
  const move = <T extends Box>(box: T): T => ({ ...box, x: box.x + dx, y: box.y + dy });
  const size = { x: dx, y: dy, width: draft.width, height: draft.height };
  return {
    area: { id: draft.hall.id, title: titleOf(draft.hall), ...size },
    rows: draft.rows.map(move),
    racks: draft.racks.map(move),
    glyphs: draft.glyphs.map(move),
  };
}
