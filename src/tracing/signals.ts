import { constants } from 'node:os';

/** The number of a signal by its name, real-time ones (`SIGRT_3`, `SIGRTMIN+3`) too; 0 for one that is not known. */
export function signalNumber(name: string): number {
  const known = constants.signals[name as NodeJS.Signals];
  if (known !== undefined) return known;
  const realTime = /^SIGRT(?:_|MIN\+)(\d+)$/.exec(name);
  return realTime ? 32 + Number(realTime[1]) : 0;
}
