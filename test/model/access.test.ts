import { expect, it } from 'vitest';
import { varyingAccesses } from '../../src/capture/repeats.js';
import { type Use, waysOfUse } from '../../src/model/access.js';
import { pathFromText } from '../../src/model/file-path.js';
import { access, traceOf } from '../capture/fixture-root.js';

it.each<[readonly Use[] | undefined, readonly Use[]]>([
  [undefined, []],
  [['read', 'written', 'created'], ['written']],
  [
    ['read', 'examined', 'entered'],
    ['read', 'entered'],
  ],
  [['examined', 'absent'], ['examined']],
  [['absent'], ['absent']],
])('compares of %j only %j', (uses, ways) => {
  expect(waysOfUse(uses && new Set(uses))).toEqual(ways);
});

it('learns from repeated runs what the proof will compare, a folder that was entered too', () => {
  const [entered, looked] = [traceOf([access('/work', 'entered')]), traceOf([access('/work', 'examined')])];
  expect(varyingAccesses([entered, looked])).toEqual([pathFromText('/work')]);
  const [made, found] = [traceOf([access('/out', 'created')]), traceOf([access('/out', 'read', 'written')])];
  expect(varyingAccesses([made, found])).toEqual([]);
});
