/** The shape of the recent past in the height of a line of text. */
import type { Points } from './history-chart.tsx';
import { sparkPath } from './spark-path.ts';

const WIDTH = 110;
const HEIGHT = 20;

export function Sparkline({ points }: { points: Points }) {
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true">
      <path d={sparkPath(points, WIDTH, HEIGHT)} />
    </svg>
  );
}
