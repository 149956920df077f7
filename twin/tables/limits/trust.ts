/** Limits of how far the twin's own figures may be believed. */
import type { LimitRow } from '../limit-row.ts';
import { SENSED } from '../signals.ts';
import { bound } from './limit.ts';

export const TRUST_LIMITS: readonly LimitRow[] = [
  bound({
    id: 'sensorsAgree',
    title: 'Sensor contradicts its neighbours',
    at: SENSED,
    signal: 'disagreeingSensorsCount',
    value: 0,
    forS: 300,
    source: 'Orrery: findings of at least the configured confidence, looked at anew every 5 min',
  }),
  bound({
    id: 'modelDrift',
    title: 'Error of the models has left its usual level',
    at: ['site'],
    signal: 'modelDriftCount',
    value: 0,
    forS: 300,
    source: 'Orrery: cumulative sum over blocks of ten minutes',
  }),
];
