import { expect, it } from 'vitest';
import { pathFromText } from '../../../src/model/file-path.js';
import { madeByRun } from '../../../src/spec/runs/made.js';

const asked = pathFromText('/home/ada/out');
const place = pathFromText('/gpfs/home/ada/out');

it('is made by a run where the link leads by which the run named it, too', () => {
  const made = madeByRun({ accesses: [{ path: asked, resolved: place, uses: ['created'], before: 'absent' }] });
  expect([...made]).toEqual([asked, place]);
});
