import { render } from 'preact';
import './style/tokens.css';
import './style/base.css';
import './style/shell.css';
import './style/floor.css';
import './style/panels.css';
import './style/views.css';
import 'uplot/dist/uPlot.min.css';
import { App } from './app.tsx';
import { startKeys } from './keys.ts';
import { startRouting } from './navigate.ts';
import { startTheme } from './theme.ts';

startTheme();
startRouting();
startKeys();
render(<App />, document.getElementById('app')!);
