/** Draws what lies on the racks: hover, cursor and the answer of a what-if. */
import type { PlacedRack } from './layout.ts';
import { type Scene, screenBox } from './paint.ts';

export interface Marks {
  readonly hover: string | undefined;
  readonly cursor: string | undefined;
  /** Text beside each rack that a what-if chose. */
  readonly chosen: ReadonlyMap<string, string>;
}

export function paintMarks(context: CanvasRenderingContext2D, scene: Scene, marks: Marks): void {
  const { plan, view, canvas, palette } = scene;
  context.clearRect(0, 0, canvas.width, canvas.height);
  for (const rack of plan.racks) {
    const label = marks.chosen.get(rack.id);
    if (label !== undefined) paintChosen(context, scene, rack, label);
  }
  for (const [id, colour, width] of [
    [marks.hover, palette.text, 1.5],
    [marks.cursor, palette.accent, 3],
  ] as const) {
    const rack = id === undefined ? undefined : plan.racks.find(one => one.id === id);
    if (!rack) continue;
    const box = screenBox(view, rack);
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.strokeRect(box.x, box.y, box.width, box.height);
  }
}

function paintChosen(
  context: CanvasRenderingContext2D,
  { view, palette }: Scene,
  rack: PlacedRack,
  label: string,
): void {
  const box = screenBox(view, rack);
  context.strokeStyle = palette.accent;
  context.lineWidth = Math.max(2, Math.min(4, box.width * 0.08));
  context.strokeRect(box.x + 1, box.y + 1, box.width - 2, box.height - 2);
  if (!label || box.width < 20) return;
  const size = Math.min(14, Math.max(9, box.width * 0.24));
  context.font = `700 ${size}px ${palette.font}`;
  const width = context.measureText(label).width + 8;
  const x = box.x + box.width / 2 - width / 2;
  const y = box.y + box.height;
  context.fillStyle = palette.accent;
  context.beginPath();
  context.roundRect(x, y - size * 0.7, width, size * 1.4, 3);
  context.fill();
  context.fillStyle = palette.hall;
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.fillText(label, box.x + box.width / 2, y + 0.5);
}
