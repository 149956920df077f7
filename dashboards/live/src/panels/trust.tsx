/** Trust: how wrong the twin is, and which sensors contradict the others. */
import { DisagreementList } from '../trust/disagreements.tsx';
import { FidelityBoard } from '../trust/fidelity-board.tsx';

export function TrustPanel() {
  return (
    <>
      <DisagreementList />
      <FidelityBoard />
    </>
  );
}
