/** Pointer and wheel on the floor: drag pans, wheel and pinch zoom, a still press is a click. */

export interface GestureTarget {
  pan(dx: number, dy: number): void;
  zoom(factor: number, at: { x: number; y: number }): void;
  hover(at: { x: number; y: number } | undefined): void;
  click(at: { x: number; y: number }): void;
}

/** A press that moves less than this, in pixels, is a click. */
const CLICK_PX = 4;
const WHEEL_PER_STEP = 1.0015;

export function listen(canvas: HTMLElement, target: GestureTarget): () => void {
  const abort = new AbortController();
  const pointers = new Map<number, { x: number; y: number }>();
  let moved = 0;
  const placeOf = (event: MouseEvent) => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  const spread = () => {
    const [one, other] = [...pointers.values()];
    return other ? Math.hypot(one.x - other.x, one.y - other.y) : 0;
  };
  const on = <K extends keyof HTMLElementEventMap>(
    type: K,
    seen: (event: HTMLElementEventMap[K]) => void,
  ) => canvas.addEventListener(type, seen, { signal: abort.signal, passive: false });

  on('pointerdown', event => {
    if (event.button !== 0) return;
    pointers.set(event.pointerId, placeOf(event));
    moved = 0;
    canvas.setPointerCapture(event.pointerId);
  });
  on('pointermove', event => {
    const at = placeOf(event);
    const last = pointers.get(event.pointerId);
    if (!last) {
      target.hover(at);
      return;
    }
    const before = spread();
    pointers.set(event.pointerId, at);
    moved += Math.hypot(at.x - last.x, at.y - last.y);
    if (pointers.size > 1 && before > 0) target.zoom(spread() / before, at);
    else if (moved > CLICK_PX) target.pan(at.x - last.x, at.y - last.y);
  });
  on('pointerup', event => {
    const wasDown = pointers.delete(event.pointerId);
    if (wasDown && moved <= CLICK_PX && pointers.size === 0) target.click(placeOf(event));
  });
  on('pointercancel', event => {
    pointers.delete(event.pointerId);
  });
  on('pointerleave', () => target.hover(undefined));
  on('wheel', event => {
    event.preventDefault();
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * 30 : event.deltaY;
    target.zoom(WHEEL_PER_STEP ** -pixels, placeOf(event));
  });
  return () => abort.abort();
}
