import assert from 'node:assert/strict';
import test from 'node:test';
import { printCourse } from '../../server/cli/course.ts';
import type { Course } from '../../twin/index.ts';

const exactly = (value: number) => ({ value, low: value, high: value });
const never = { value: null, low: null, high: null };

const rack = (id: string, gpuTempC: readonly number[]) => ({
  ...{ kind: 'rack', id, hostCount: 4, lostWorkRatio: null, timeToThrottleS: never },
  points: [0, 60].map((atS, i) => ({
    ...{ atS, powerW: exactly(4000 + atS), inletTempC: exactly(24), hostsOff: exactly(0) },
    gpuTempC: gpuTempC.length > 0 ? exactly(gpuTempC[i]) : null,
  })),
});

test('a course as text: racks from the start to the end, those left out, and none without GPUs hot', t => {
  const lines: string[] = [];
  t.mock.method(
    process.stdout,
    'write',
    (text: string) => lines.push(...text.split('\n').filter(Boolean)) > 0,
  );
  const racks = [rack('k1', [61, 72]), rack('k2', [])];
  printCourse({
    ...{ horizonS: 60, timeToThrottleS: never, timeToShutdownS: never, gpuCount: 32 },
    ...{ throttledGpus: 0, shutDownGpus: 0, darkGpus: 0, lostWorkRatio: 0, lostGpuH: 0 },
    ...{ unaffected: { racks: 1, gpus: 8 }, events: [], moreEvents: 0, halls: [], racks },
    ...{ affectedRacks: 5, bands: [] },
    cooling: { points: [{ powerW: 1000 }, { powerW: 2000 }], energyJ: 90_000 },
  } as unknown as Course);
  t.mock.restoreAll();
  const at = lines.findIndex(line => line.startsWith('where'));
  assert.match(lines[at + 1], /^rack k1 .* 4 kW > 4.06 kW .* 72 °C /);
  assert.match(lines[at + 2], /^rack k2 .* 24 °C > 24 °C +- +none +-$/);
  assert.equal(lines[at + 3], '  and 3 more racks', 'told below the racks that are shown');
  assert.equal(lines[at + 4], '  fans and pumps of their cooling units: 1 kW > 2 kW, 25 Wh');
});
