export * from '../remote-write/write-encoder.ts';
