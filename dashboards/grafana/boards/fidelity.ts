/** Fidelity: how wrong is the twin, does it get worse, and which sensors contradict the others? */
import type { Board } from '../layout.ts';
import * as fidelity from '../topics/fidelity.ts';
import { datasourceVariable } from '../variables.ts';

export const fidelityBoard = (): Board => ({
  id: 'fidelity',
  title: 'Orrery / Fidelity',
  description: 'Errors of the twin against doing nothing, its calibration, and its sensors.',
  from: 'now-24h',
  to: 'now',
  variables: [datasourceVariable()],
  sections: [
    {
      title: 'Now',
      panels: [
        fidelity.drifting(6),
        fidelity.withoutSkill(6),
        fidelity.disagreementsNow(6),
        fidelity.failedRounds(6),
        fidelity.scoreTable(24),
      ],
    },
    {
      title: 'How wrong is the twin?',
      panels: [
        fidelity.mape(8),
        fidelity.temperatureError(8),
        fidelity.powerBias(8),
        fidelity.skillOverLast(8),
        fidelity.skillOverMean(8),
        fidelity.coverage(8),
        fidelity.driftOverTime(24),
      ],
    },
    {
      title: 'Do the sensors agree?',
      panels: [fidelity.disagreements(8), fidelity.accused(8), fidelity.balances(8)],
    },
    {
      title: 'Calibration',
      panels: [fidelity.samples(12), fidelity.rounds(12)],
    },
  ],
});
