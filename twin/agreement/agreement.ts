/**
 * Do the sensors agree? Takes readings round by round and says which sensor most likely lies, how
 * and since when. Pure: time comes in with the readings.
 */

import { atOnce, type Parts } from '../parts.ts';
import { AGREEMENT } from '../tables/agreement.ts';
import { LEARNING } from '../tables/agreement-learning.ts';
import { Blocks } from './blocks.ts';
import { CaseBook } from './case-book.ts';
import type { Finding } from './finding.ts';
import { Fits } from './fits.ts';
import type { AnyKept, Kept } from './keep.ts';
import { Levels, NOBODY } from './levels.ts';
import { type Accusation, confirm, explainAll, locate } from './locate.ts';
import type { AgreementPlan } from './plan.ts';
import { Residuals } from './residuals.ts';
import { Stuck } from './stuck.ts';
import { alongWith } from './swap-gains.ts';
import { type Exchange, Swaps } from './swaps.ts';
import { Swings } from './swings.ts';

const LEAST_PART = LEARNING.leastBlockPart.value;

export interface AgreementOptions {
  /** Seconds between rounds of readings. */
  readonly roundS: number;
}

export class Agreement {
  readonly plan: AgreementPlan;
  /** Seconds between rounds, as given. */
  readonly roundS: number;
  readonly #blocks: Blocks;
  readonly #levels: Levels;
  readonly #fits: Fits;
  readonly #stuck: Stuck;
  readonly #swings: Swings;
  readonly #swaps: Swaps;
  readonly #cases: CaseBook;
  readonly #heldBy: Int32Array;
  readonly #isExplained: Uint8Array;
  readonly #isSpoilt: Uint8Array;
  readonly #roundsPerBlock: number;
  readonly #holdRounds: number;
  #blocksSeen = 0;
  /** By name: what a restart must not lose. Not to be read or filled while a round is under way. */
  readonly kept: Readonly<Record<string, AnyKept>>;

  /** With pauses: the columns of a large site take tenths of a second. Throws as the constructor. */
  static *inParts(plan: AgreementPlan, options: AgreementOptions): Parts<Agreement> {
    const blocks = new Blocks(plan);
    yield;
    const levels = new Levels(plan, new Residuals(plan));
    yield;
    return new Agreement(plan, options, { blocks, levels });
  }

  /** @throws RangeError when `roundS` is not positive */
  constructor(
    plan: AgreementPlan,
    { roundS }: AgreementOptions,
    columns = { blocks: new Blocks(plan), levels: new Levels(plan, new Residuals(plan)) },
  ) {
    if (!(roundS > 0)) throw new RangeError('roundS: must be above 0');
    this.plan = plan;
    this.roundS = roundS;
    this.#roundsPerBlock = Math.max(1, Math.round(AGREEMENT.blockS.value / roundS));
    this.#holdRounds = Math.min(250, Math.round(AGREEMENT.holdS.value / roundS));
    this.#blocks = columns.blocks;
    this.#levels = columns.levels;
    this.#fits = new Fits(plan, this.#levels.residuals);
    this.#isSpoilt = new Uint8Array(plan.equations.count);
    this.#swaps = new Swaps(this.#levels, this.#isSpoilt);
    this.#cases = new CaseBook(this.#levels);
    this.#heldBy = new Int32Array(plan.equations.count).fill(NOBODY);
    this.#swings = new Swings(plan, this.#levels.loads);
    const evidence = { blocks: this.#blocks, levels: this.#levels, swings: this.#swings };
    this.#stuck = new Stuck(evidence, this.#heldBy);
    this.#isExplained = new Uint8Array(plan.equations.count);
    this.kept = {
      ...{ blocks: this.#blocks.kept, levels: this.#levels.kept, fits: this.#fits.kept },
      ...{ stuck: this.#stuck.kept, swings: this.#swings.kept, swaps: this.#swaps.kept },
      ...{ cases: this.#cases.kept, rounds: this.#keptRounds() },
    };
  }

  #keptRounds(): Kept<number> {
    return {
      columns: [this.#heldBy, this.#isSpoilt],
      notes: () => this.#blocksSeen,
      recall: blocks => {
        this.#blocksSeen = blocks;
      },
    };
  }

  /**
   * Takes one round of readings.
   * @param values one a point of the plan, in the unit of its signal; NaN where nothing new came
   * @returns whether it ended a block, so that findings may have changed
   */
  observe(values: Float64Array, atMs: number): boolean {
    return atOnce(this.observeInParts(values, atMs));
  }

  /**
   * The same with pauses of a few milliseconds of work. Until it is done there must be no other
   * round, the values must stay, and findings are of the block before.
   */
  *observeInParts(values: Float64Array, atMs: number): Parts<boolean> {
    yield* this.#blocks.take(values, atMs, this.#holdRounds);
    yield* this.#swings.take(values);
    if (this.#blocks.rounds < this.#roundsPerBlock) return false;
    yield* this.#review(atMs);
    return true;
  }

  /** What stands against sensors now, most certain first. */
  findings(): readonly Finding[] {
    return this.#cases.findings();
  }

  /** Equations that had a residual in the last block, and those there are; blocks reviewed. */
  coverage() {
    const { equations, points } = this.plan;
    const { speaking } = this.#levels;
    const blocks = this.#blocksSeen;
    return { equations: equations.count, speaking, points: points.count, blocks };
  }

  *#review(atMs: number): Parts {
    const blocks = this.#blocks;
    const blockS = this.#roundsPerBlock * this.roundS;
    yield* blocks.close(Math.max(1, Math.ceil(LEAST_PART * this.#roundsPerBlock)), blockS);
    const values = blocks.mean;
    yield* this.#swings.close(blocks);
    yield* this.#fits.learn(values);
    yield* this.#levels.take(values, this.#heldBy);
    this.#blocksSeen++;
    this.#isExplained.fill(0);
    const nowS = (atMs - blocks.originMs) / 1000;
    const frozen = yield* this.#stuck.review(this.#roundsPerBlock, nowS);
    const proven = yield* this.#swaps.review(values, atMs, this.#blocksSeen <= 3);
    const exchanges = this.#exchanges(proven, values, new Set(frozen.map(({ point }) => point)));
    yield;
    for (const point of this.#stuck.suspected) this.#explain(point);
    for (const { point } of frozen) this.#explain(point);
    for (const point of this.#swaps.pending()) {
      for (const p of alongWith(this.plan, point)) if (p >= 0) this.#explain(p);
    }
    for (const point of this.#cases.recovering()) this.#explain(point);
    const accusations = yield* this.#locate(values);
    this.#cases.take({
      ...{ atMs, originMs: blocks.originMs, values, frozen, exchanges, accusations },
      isStill: p => this.#stuck.stillNats(p, this.#roundsPerBlock) >= AGREEMENT.stillNats.value,
      blockMs: 1000 * blockS,
    });
    this.#hold();
  }

  #explain(p: number) {
    explainAll({ levels: this.#levels, isExplained: this.#isExplained }, p);
  }

  /** Exchanges, strongest first, each sensor in one only, and none that another explains away. */
  #exchanges(
    proven: readonly Exchange[],
    values: Float64Array,
    frozen: ReadonlySet<number>,
  ): Exchange[] {
    const taken = new Set(frozen);
    const chosen: Exchange[] = [];
    for (const each of proven) {
      const { first, second } = each;
      if (taken.has(first) || taken.has(second)) continue;
      if (chosen.length > 0 && this.#isExplainedAway(each, values, chosen)) {
        this.#swaps.forget(each);
        continue;
      }
      taken.add(first).add(second);
      chosen.push(each);
      for (const p of [first, second]) {
        for (const q of alongWith(this.plan, p)) if (q >= 0) this.#explain(q);
      }
    }
    return chosen;
  }

  /** Whether it gains little once the others have been put right. */
  #isExplainedAway(each: Exchange, values: Float64Array, others: readonly Exchange[]): boolean {
    const alone = Math.min(...this.#swaps.gains.sides(each, values));
    if (!(alone > 1)) return false;
    for (const other of others) this.#swaps.gains.exchange(other, values);
    const left = Math.min(...this.#swaps.gains.sides(each, values));
    for (const other of others) this.#swaps.gains.exchange(other, values);
    return left < alone / 2;
  }

  /**
   * What is known first, so that nobody else is blamed for it. Then against the past, which is the
   * sharper test, and against what is usual.
   */
  *#locate(values: Float64Array): Parts<Accusation[]> {
    const scene = { levels: this.#levels, values, isExplained: this.#isExplained };
    const known = this.#cases
      .reported()
      .map(({ point, mode }) => confirm(scene, mode, point))
      .filter(accusation => accusation !== undefined);
    yield;
    const changed = yield* locate({ ...scene, isExplained: this.#isExplained.slice() }, 'change');
    for (const { point } of changed) this.#explain(point);
    const usual = yield* locate(scene, 'absolute');
    return [...known, ...changed, ...usual];
  }

  /** Equations of reported sensors are not learnt from. */
  #hold() {
    const { start, equations } = this.plan.points;
    this.#heldBy.fill(NOBODY);
    this.#isSpoilt.fill(0);
    for (const { point: p, isSpoilt } of this.#cases.suspects()) {
      for (let i = start[p]; i < start[p + 1]; i++) {
        this.#heldBy[equations[i]] = p;
        if (isSpoilt) this.#isSpoilt[equations[i]] = 1;
      }
    }
  }
}
