/**
 * Entities found before. The series of one part (the metrics of a GPU) mostly share their labels and
 * the rule by which their entity is found, so the answer for one is the answer for all of them.
 */
import type { Labels, PageSource } from '../ingest/contract.ts';
import type { EntityRule } from '../ingest/mapping.ts';
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
  private readonly answers = new Map<Labels, Answer>();
  private labels: Labels = {};
  private source: PageSource = { id: '', labels: {} };
  /** The last answer for the labels chosen, which may also be that nothing was found. */
  private last: Answer | undefined;

  constructor(find: (rule: EntityRule, labelOf: LabelOf) => Resolved) {
    this.find = find;
  }

  /** The series whose entities are asked for from now on. */
  choose(labels: Labels, source: PageSource): void {
    this.labels = labels;
    this.source = source;
    const known = this.answers.get(labels);
    this.last = known?.source === source ? known : undefined;
  }

  entityOf(rule: EntityRule, labelOf: LabelOf): Resolved {
    if (this.last?.rule === rule) return this.last.resolved;
    const resolved = this.find(rule, labelOf);
    this.last = { source: this.source, rule, resolved };
    // What was not found may be learned later, and what is doubtful is counted for each series.
    if (resolved.ok && !resolved.isDoubtful) this.keep(this.last);
    return resolved;
  }

  private keep(answer: Answer): void {
    if (this.answers.size >= MAX_ANSWERS) this.answers.clear();
    this.answers.set(this.labels, answer);
  }

  clear(): void {
    this.answers.clear();
  }
}
