/** uPlot in a box: made anew when the theme or the series change, fed when only numbers do. */
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import { useStore } from '../store.ts';
import { themeStore } from '../theme.ts';
import { type ChartColours, chartColours } from './colours.ts';

interface ChartProps {
  readonly label: string;
  readonly height: number;
  /** Columns as uPlot takes them: epoch seconds first. */
  readonly columns: uPlot.AlignedData;
  /** Series and scales for the colours in force. `kind` says when they are others. */
  readonly build: (colours: ChartColours) => Omit<uPlot.Options, 'width' | 'height'>;
  readonly kind: string;
}

export function Chart({ label, height, columns, build, kind }: ChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const theme = useStore(themeStore);
  // The columns are fed by the effect below.
  useEffect(() => {
    const box = host.current;
    if (!box) return;
    const options = { ...build(chartColours()), width: box.clientWidth || 300, height };
    const made = new uPlot(options, columns, box);
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize({ width: box.clientWidth, height }));
    observer.observe(box);
    return () => {
      observer.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, [theme, height, kind]);
  useEffect(() => plot.current?.setData(columns), [columns]);
  return <div ref={host} class="chart" role="img" aria-label={label} />;
}
