/** Two canvases on top of each other, drawn once per animation frame and only when asked to. */
import type { Size } from './viewport.ts';

interface Dirty {
  readonly base?: boolean;
  readonly marks?: boolean;
}

interface Layers {
  size(): Size;
  schedule(change: Dirty): void;
  close(): void;
}

interface Painter {
  base(pen: CanvasRenderingContext2D): void;
  marks(pen: CanvasRenderingContext2D): void;
  /** The box has another size: decide on a view, then everything is drawn. */
  resized(size: Size): void;
}

export function createLayers(host: HTMLElement, painter: Painter): Layers {
  const canvases = [...host.querySelectorAll('canvas')];
  const pens = canvases.map(canvas => canvas.getContext('2d')!);
  let size: Size = { width: host.clientWidth, height: host.clientHeight };
  let dirty = { base: true, marks: true };
  let request = 0;
  const draw = () => {
    request = 0;
    if (dirty.base) painter.base(pens[0]);
    // Marks lie on racks: they move with them.
    if (dirty.base || dirty.marks) painter.marks(pens[1]);
    dirty = { base: false, marks: false };
  };
  const schedule = ({ base = false, marks = false }: Dirty) => {
    dirty = { base: dirty.base || base, marks: dirty.marks || marks };
    request ||= requestAnimationFrame(draw);
  };
  const observer = new ResizeObserver(() => {
    size = { width: host.clientWidth, height: host.clientHeight };
    for (const [at, canvas] of canvases.entries()) {
      canvas.width = Math.round(size.width * devicePixelRatio);
      canvas.height = Math.round(size.height * devicePixelRatio);
      pens[at].setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    }
    painter.resized(size);
    schedule({ base: true });
  });
  observer.observe(host);
  return {
    size: () => size,
    schedule,
    close() {
      observer.disconnect();
      cancelAnimationFrame(request);
    },
  };
}
