import { recentHistory } from '../../server/history/recent.ts';
import { historySuite } from '../support/history-suite.ts';

historySuite('in memory', () => recentHistory());
historySuite('in memory, barely long enough', () => recentHistory({ hours: 1 }));
