/** All targets, by name. */
import type { Target } from '../target.ts';
import { ipmiTarget } from './ipmi.ts';
import { journalTarget } from './journal.ts';
import { numberTarget } from './number.ts';
import { pageTarget } from './page.ts';
import { promqlTarget } from './promql.ts';
import { redfishTarget } from './redfish.ts';
import { snappyTarget } from './snappy.ts';
import { snapshotTarget } from './snapshot.ts';
import { writeV1Target, writeV2Target } from './write.ts';

export const TARGETS: readonly Target[] = [
  snappyTarget,
  writeV1Target,
  writeV2Target,
  pageTarget,
  numberTarget,
  redfishTarget,
  ipmiTarget,
  promqlTarget,
  journalTarget,
  snapshotTarget,
];
