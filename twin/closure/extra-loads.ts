/** Extra loads under every single loss, up a plane. */
import { lowestBit, setBit, takeBit } from './bits.ts';
import type { PlaneChanges } from './changes.ts';
import { drawn, extraDraw } from './losses.ts';
import { partOf } from './part.ts';
import type { PlaneResults } from './pass.ts';
import { IS_LOSSY } from './traits.ts';

/** What each group of junctions draws together. */
export function passGroupDraws(r: PlaneResults, changes?: PlaneChanges) {
  const { groupCount } = r.shape.redundancy;
  const marked = changes?.groupDraw;
  let g = marked ? lowestBit(marked, 0) : 1;
  for (; g >= 0 && g < groupCount; g = marked ? lowestBit(marked, g + 1) : g + 1) {
    const draw = drawOf(r, g);
    if (changes && takeBit(changes.groupDraw, g)) passGroupOn(r, changes, g, draw);
    r.groupDraw[g] = draw;
  }
}

function drawOf({ shape, load }: PlaneResults, g: number): number {
  const { memberStart, members } = shape.redundancy;
  let sum = 0;
  for (let i = memberStart[g]; i < memberStart[g + 1]; i++) {
    sum += drawn(shape.losses, members[i], load[members[i]]);
  }
  return sum;
}

/** Tells the slots that take over from the suppliers of a group what comes on top. */
function passGroupOn(r: PlaneResults, changes: PlaneChanges, g: number, draw: number) {
  const { grid } = r.shape;
  const { takeoverStart, takeoverEntry, directSlot, takenShare } = r.shape.redundancy;
  const before = r.groupDraw[g];
  if (draw === before) return;
  for (let i = takeoverStart[g]; i < takeoverStart[g + 1]; i++) {
    const entry = takeoverEntry[i];
    const slot = directSlot[entry];
    const share = takenShare[entry];
    changes.slotRise[slot] += partOf(share, draw, grid) - partOf(share, before, grid);
    setBit(changes.slotExtra, slot);
  }
}

/** Extra load of every carrier under every single loss, consumers first. */
export function passSlotExtras(r: PlaneResults, changes?: PlaneChanges) {
  if (changes) return passChangedSlotExtras(r, changes);
  for (let s = 0; s < r.shape.redundancy.slotCount; s++) r.slotExtra[s] = extraOf(r, s);
}

/** As with loads, sums rise by what their parts rose by. */
function passChangedSlotExtras(r: PlaneResults, changes: PlaneChanges) {
  const { traits, redundancy, grid } = r.shape;
  const { slotCount, carrier, aboveStart, aboveSlot, aboveShare } = redundancy;
  const { slotExtra } = r;
  const { slotExtra: marked, wholeSlot, slotRise } = changes;
  let s = lowestBit(marked, 0);
  for (; s >= 0 && s < slotCount; s = lowestBit(marked, s + 1)) {
    takeBit(marked, s);
    const p = carrier[s];
    if ((traits[p] & IS_LOSSY) !== 0) passAllOn(r, changes, s);
    const before = slotExtra[s];
    const extra = takeBit(wholeSlot, s) ? extraOf(r, s) : before + slotRise[s];
    slotRise[s] = 0;
    if (extra === before) continue;
    slotExtra[s] = extra;
    setBit(changes.slotHeadroom, s);
    setBit(changes.headroom, p);
    for (let i = aboveStart[s]; i < aboveStart[s + 1]; i++) {
      const share = aboveShare[i];
      slotRise[aboveSlot[i]] += partOf(share, extra, grid) - partOf(share, before, grid);
      setBit(marked, aboveSlot[i]);
    }
  }
}

function extraOf({ shape, load, slotExtra, groupDraw }: PlaneResults, s: number): number {
  const { losses, grid, traits } = shape;
  const { directStart, directGroup, takenShare, belowStart, belowSlot, belowShare } =
    shape.redundancy;
  const { carrier, loss, sparedShare } = shape.redundancy;
  let extra = 0;
  for (let i = directStart[s]; i < directStart[s + 1]; i++) {
    extra += partOf(takenShare[i], groupDraw[directGroup[i]], grid);
  }
  for (let i = belowStart[s]; i < belowStart[s + 1]; i++) {
    const below = belowSlot[i];
    const p = carrier[below];
    const isLossy = (traits[p] & IS_LOSSY) !== 0;
    const draw = isLossy ? extraDraw(losses, p, load[p], slotExtra[below]) : slotExtra[below];
    extra += partOf(belowShare[i], draw, grid);
  }
  if (sparedShare[s] === 0) return extra;
  return extra - partOf(sparedShare[s], drawn(losses, loss[s], load[loss[s]]), grid);
}

/** The most that any single loss puts on top of what a position carries. */
export function worstExtra({ shape, slotExtra }: PlaneResults, p: number): number {
  const { slotStart, slotCount } = shape.redundancy;
  let most = 0;
  // Slots run the other way than positions, those of a position side by side.
  for (let s = slotCount - slotStart[p + 1]; s < slotCount - slotStart[p]; s++) {
    if (slotExtra[s] > most) most = slotExtra[s];
  }
  return most;
}

/**
 * What is left of a position's own limit whichever single thing is lost: whose limit it is that
 * would be passed. NaN where losses have not been looked at, in a what-if with a failure.
 */
export function marginN1At(r: PlaneResults, p: number): number {
  return Number.isNaN(r.headroomN1[p]) ? Number.NaN : r.limit[p] - r.load[p] - worstExtra(r, p);
}

/** What is lost on the way does not rise evenly: what is above adds all up again. */
function passAllOn({ shape }: PlaneResults, changes: PlaneChanges, s: number) {
  const { aboveStart, aboveSlot } = shape.redundancy;
  for (let i = aboveStart[s]; i < aboveStart[s + 1]; i++) {
    setBit(changes.slotExtra, aboveSlot[i]);
    setBit(changes.wholeSlot, aboveSlot[i]);
  }
}
