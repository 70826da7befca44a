import { expect, it } from 'vitest';
import { steadyVariables } from '../../src/capture/steady-variables.js';
import { filterEnvironment } from '../../src/spec/secrets/environment.js';

it('gives one date to all that the command writes, and to the run again, for the spec keeps it', () => {
  const environment = steadyVariables({ PATH: '/bin' }, new Date('2026-01-02T03:04:05.678Z'));
  expect(environment).toMatchObject({ PATH: '/bin', SOURCE_DATE_EPOCH: '1767323045', PYTHONHASHSEED: '0', TZ: 'UTC' });
  expect(filterEnvironment(environment).environment).toEqual(environment);
});

it('leaves what the user has set', () => {
  expect(steadyVariables({ TZ: 'Europe/Berlin', LC_ALL: 'de_DE.UTF-8' })).toMatchObject({
    TZ: 'Europe/Berlin',
    LC_ALL: 'de_DE.UTF-8',
  });
});
