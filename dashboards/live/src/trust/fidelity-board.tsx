/** The fidelity board: error of the twin by layer, signal and horizon, against doing nothing. */
import { KINDS, SIGNAL_INDEX } from '../../../../twin/index.ts';
import { useResource } from '../api/resource.ts';
import type { Fidelity, FidelityScore } from '../api/types.ts';
import { twinNowMs, useTick } from '../clock.ts';
import { formatAge, formatCount, formatDuration, formatWhen, titleOf } from '../format.ts';
import { Failure, Without } from '../parts/states.tsx';
import {
  bandOf,
  differenceText,
  earlyText,
  errorText,
  horizonText,
  type Skill,
  sizeText,
  skillOf,
} from './words.ts';

const EVERY_S = 10;

export function FidelityBoard() {
  useTick();
  const board = useResource<Fidelity>('fidelity', { everyS: EVERY_S });
  return (
    <section class="trust" aria-label="Error of the twin">
      <h3>How wrong the twin is</h3>
      {board.value ? (
        <Scores board={board.value} />
      ) : (
        <Without
          what="the error of the twin"
          off="This service does not calibrate: nothing scores its predictions."
          answer={board}
        />
      )}
      {board.value && board.error && <Failure what="Newer scores" error={board.error} />}
    </section>
  );
}

function Scores({ board: { at, halfLifeS, roundsLeast, items } }: { board: Fidelity }) {
  if (items.length === 0) return <p class="quiet">No prediction has been scored yet.</p>;
  const layers = Map.groupBy([...items].sort(byPlace), item => item.kind);
  return (
    <>
      <table class="fidelity">
        <thead>
          <tr>
            <th scope="col">Signal</th>
            <th scope="col" class="number">
              Error
            </th>
            <th scope="col" class="number">
              vs last value
            </th>
            <th scope="col" class="number" title="Values inside the 90 % band drawn before them">
              In band
            </th>
          </tr>
        </thead>
        {[...layers].map(([kind, scores]) => (
          <tbody key={kind}>
            <tr>
              <th scope="rowgroup" colSpan={4} class="layer">
                {KINDS.find(row => row.id === kind)?.title ?? kind}
              </th>
            </tr>
            {scores.map(score => (
              <ScoreRow
                key={`${score.signal} ${score.horizonS} ${score.maker}`}
                {...{ score, roundsLeast }}
              />
            ))}
          </tbody>
        ))}
      </table>
      <p class="quiet note">
        {at ? `Scored ${ageOf(at)} ago` : 'No round yet'}; what is older than{' '}
        {formatDuration(halfLifeS)} counts less than half. Bands should hold 90 %.
      </p>
    </>
  );
}

const ageOf = (at: string) => formatAge((twinNowMs() - Date.parse(at)) / 1000);

const KIND_ORDER = new Map<string, number>(KINDS.map((row, at) => [row.id, at]));
const orderOf = (order: ReadonlyMap<string, number>, id: string) => order.get(id) ?? 1e9;

const byPlace = (one: FidelityScore, other: FidelityScore) =>
  orderOf(KIND_ORDER, one.kind) - orderOf(KIND_ORDER, other.kind) ||
  orderOf(SIGNAL_INDEX, one.signal) - orderOf(SIGNAL_INDEX, other.signal) ||
  Number(one.maker === 'prediction') - Number(other.maker === 'prediction') ||
  one.horizonS - other.horizonS;

const TONES = { worse: 'tone-text-over', better: 'tone-text-good' } as const;

function ScoreRow({ score, roundsLeast }: { score: FidelityScore; roundsLeast: number }) {
  const band = bandOf(score);
  const { signal, bias, count, driftingSince, drift } = score;
  return (
    <tr>
      <th scope="row" title={`${formatCount(count)} values scored`}>
        {titleOf(signal)}
        <small class="quiet">{horizonText(score)}</small>
        {driftingSince && (
          <small class="tone-text-near">
            ▲ since {formatWhen(driftingSince, twinNowMs())} {drift ?? 'off its usual error'}
          </small>
        )}
      </th>
      <td class="number" title={`root mean square ${sizeText(signal, score.rmse)}`}>
        {errorText(score)}
        <small class="quiet">bias {differenceText(signal, bias)}</small>
      </td>
      <SkillCell {...{ score, roundsLeast }} />
      <td class={`number ${band.isNarrow ? 'tone-text-near' : ''}`} title={band.title}>
        {band.text}
        {band.isNarrow && <small>narrow</small>}
      </td>
    </tr>
  );
}

const toneOf = ({ word }: Skill) => (word in TONES ? TONES[word as keyof typeof TONES] : 'quiet');

/** The figure stands there however few rounds it is of; it is judged only when they are enough. */
function SkillCell({ score, roundsLeast }: { score: FidelityScore; roundsLeast: number }) {
  const last = skillOf(score.skillPersistence);
  const mean = skillOf(score.skillMean);
  const early = earlyText(score, roundsLeast);
  return (
    <td class="number" title={`than the running mean: ${mean.text} (${mean.figure})`}>
      {early ? (
        <span class="quiet">
          too early to say<small>{early}</small>
        </span>
      ) : (
        <span class={toneOf(last)}>{last.text}</span>
      )}
      <small class="quiet">skill {last.figure}</small>
    </td>
  );
}
