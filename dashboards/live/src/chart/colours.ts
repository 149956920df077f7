/** Colours of charts from the style sheet. */
import { cssColour } from '../theme.ts';

export const chartColours = () => ({
  line: cssColour('--accent'),
  band: cssColour('--band'),
  limit: cssColour('--critical'),
  axis: cssColour('--muted'),
  grid: cssColour('--line'),
  text: cssColour('--text'),
  forecast: cssColour('--forecast'),
});

export type ChartColours = ReturnType<typeof chartColours>;
