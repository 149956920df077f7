/**
 * Loaded before every test of `npm test`: properties are checked on the same inputs each time, so
 * that a run that passes passes again. ORRERY_SEED=random (or a number) looks further.
 */
import fc from 'fast-check';

const { ORRERY_SEED = '42' } = process.env;

if (ORRERY_SEED !== 'random') fc.configureGlobal({ seed: Number(ORRERY_SEED) });
