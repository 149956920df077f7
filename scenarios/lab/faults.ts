/**
 * Sensor faults: what makes a reading lie. Times are seconds since the start of the lab; a fault
 * lasts from `atS` (0: from the start) to `untilS` (absent: to the end).
 */

interface FaultBase {
  /** Entity id and signal id of the sensor that lies: 'r1-k01-n1' and 'bmcPowerW'. */
  readonly entity: string;
  readonly signal: string;
  readonly atS: number;
  readonly untilS?: number;
}

/** The reading freezes at what it was, noise included. */
interface StuckFault extends FaultBase {
  readonly kind: 'stuck';
}

/** The reading is `factor` times what it should be: 0.95 or less, or 1.05 or more. */
interface ScaleFault extends FaultBase {
  readonly kind: 'scale';
  readonly factor: number;
}

/** The reading is in another unit: kW or mW for W, tenths, degrees Fahrenheit for Celsius. */
interface UnitFault extends FaultBase {
  readonly kind: 'unit';
  readonly unit: 'kilo' | 'milli' | 'tenth' | 'fahrenheit';
}

/**
 * Two sensors of one signal stand for each other: each gives what the other should.
 * - `outletPowerW`, two PSUs: their cords are in each other's outlet of the PDU.
 * - `bmcPowerW`, two hosts: the addresses of their BMCs are exchanged, and with them every signal
 *   that the BMC gives (power, inlet, exhaust, fans).
 */
export interface SwapFault extends FaultBase {
  readonly kind: 'swap';
  readonly other: string;
}

/** Powers grow by this share of themselves an hour, temperatures by this many kelvin. */
interface DriftFault extends FaultBase {
  readonly kind: 'drift';
  readonly perH: number;
}

export type LabFault = StuckFault | ScaleFault | UnitFault | SwapFault | DriftFault;

/** Share by which a scale must be off to be called wrong. */
export const SCALE_MIN_RATIO = 0.05;

/** @throws RangeError naming the field that is wrong. */
export function checkFault(fault: LabFault, where: string, isSensor: boolean): void {
  const bad = (field: string, why: string) => {
    throw new RangeError(`${where}.${field}: ${why}`);
  };
  if (!isSensor) bad('signal', `'${fault.signal}' is not measured at '${fault.entity}'`);
  if (!(fault.atS >= 0)) bad('atS', `${fault.atS} is no second of the lab; 0 or later`);
  if (fault.untilS !== undefined && !(fault.untilS > fault.atS)) bad('untilS', 'must be after atS');
  if (fault.kind === 'scale') {
    if (!(fault.factor > 0) || fault.factor === 1) bad('factor', 'give a positive one, not 1');
  }
  if (fault.kind === 'drift' && !Number.isFinite(fault.perH)) bad('perH', 'give a number');
  if (fault.kind === 'swap' && !['outletPowerW', 'bmcPowerW'].includes(fault.signal)) {
    bad('signal', `swaps are of 'outletPowerW' or 'bmcPowerW', not '${fault.signal}'`);
  }
  if (fault.kind === 'unit') {
    const isTemp = fault.signal.endsWith('TempC');
    if (isTemp !== (fault.unit === 'fahrenheit') && fault.unit !== 'tenth') {
      bad('unit', `'${fault.unit}' makes no sense for '${fault.signal}'`);
    }
  }
}
