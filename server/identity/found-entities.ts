/**
 * Entities looked for before. The series of one part (the metrics of a GPU) mostly share their labels and
 * the rule by which their entity is found, so the answer for one is the answer for all of them.
 */
import type { Labels, PageSource } from '../ingest/contract.ts';
import type { EntityRule } from '../ingest/mapping.ts';
import { MISSING } from './alias-table.ts';
import type { LabelOf, Resolved } from './resolve.ts';

interface Answer {
  readonly source: PageSource;
  readonly rule: EntityRule;
  readonly resolved: Resolved;
}

const MAX_ANSWERS = 4096;

export class FoundEntities {
  private readonly find: (rule: EntityRule, labelOf: LabelOf) => Resolved;
  /** By the label set itself: equal labels of two objects are looked at twice. */
  private readonly hits = new Map<Labels, Answer>();
  /** What was not found, which is so until something is learned. */
  private readonly misses = new Map<Labels, Answer>();
  private labels: Labels = {};
  private source: PageSource = { id: '', labels: {} };
  /** The last answer for the labels chosen. */
  private last: Answer | undefined;

  constructor(find: (rule: EntityRule, labelOf: LabelOf) => Resolved) {
    this.find = find;
  }

  /** The series whose entities are asked for from now on. */
  choose(labels: Labels, source: PageSource): void {
    this.labels = labels;
    this.source = source;
    const known = this.hits.get(labels) ?? this.misses.get(labels);
    this.last = known?.source === source ? known : undefined;
  }

  /** The entity that these very labels led to by the rule; MISSING when that is not known. */
  known(labels: Labels, source: PageSource, rule: EntityRule): number {
    const answer = this.hits.get(labels);
    if (answer?.rule !== rule || answer.source !== source) return MISSING;
    return answer.resolved.ok ? answer.resolved.entity : MISSING;
  }

  entityOf(rule: EntityRule, labelOf: LabelOf): Resolved {
    if (this.last?.rule === rule) return this.last.resolved;
    const resolved = this.find(rule, labelOf);
    this.last = { source: this.source, rule, resolved };
    // What is doubtful is counted for each series.
    if (!resolved.ok) this.keep(this.misses);
    else if (!resolved.isDoubtful) this.keep(this.hits);
    return resolved;
  }

  private keep(answers: Map<Labels, Answer>): void {
    if (answers.size >= MAX_ANSWERS) answers.clear();
    if (this.last) answers.set(this.labels, this.last);
  }

  forgetMisses(): void {
    this.misses.clear();
  }

  clear(): void {
    this.hits.clear();
    this.misses.clear();
  }
}
