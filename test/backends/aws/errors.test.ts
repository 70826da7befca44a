import { EC2ServiceException } from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { placeOf, withEc2 } from '../../../backends/aws/client.js';
import { explained, ifThere, isAnswer } from '../../../backends/aws/errors.js';
import { stateOf } from '../../../backends/aws/instance.js';
import { ReproError } from '../../../src/errors.js';

function refusal(name: string, message = 'so it is.'): EC2ServiceException {
  return new EC2ServiceException({ name, message, $fault: 'client', $metadata: {} });
}

describe('a refusal of the service', () => {
  it.each([
    ['InsufficientInstanceCapacity', 'not-ready', /^EC2 has no such machine free there now/, /instanceType/],
    ['RequestLimitExceeded', 'not-ready', /^EC2 is asked too much of/, /wait/],
    ['VcpuLimitExceeded', 'not-ready', /^EC2 refuses it/, /Service Quotas/],
    ['AuthFailure', 'not-ready', /^EC2 refuses it/, /aws sso login/],
    ['UnauthorizedOperation', 'not-ready', /^EC2 refuses it/, /rights/],
    ['InvalidAMIID.NotFound', 'usage', /^EC2 refuses it/, /-b image=/],
    ['VPCIdNotSpecified', 'usage', /^EC2 refuses it/, /-b subnet=/],
  ])('is told with what to do about it: %s', (code, kind, message, remedy) => {
    const told = explained(refusal(code), 'eu-central-1');
    expect(told).toBeInstanceOf(ReproError);
    expect(told).toMatchObject({
      kind,
      message: expect.stringMatching(message),
      remedy: expect.stringMatching(remedy),
    });
    expect((told as Error).message).toMatch(`so it is (${code})`);
  });

  it('is a failed step where nothing is known of it', () => {
    expect(explained(refusal('SomethingNew'), 'x')).toMatchObject({ kind: 'step-failed' });
  });

  it('means that nothing was made, which a lost answer does not', () => {
    const lost = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
    expect([isAnswer(refusal('Any')), isAnswer(lost)]).toEqual([true, false]);
    expect(explained(lost, 'x')).toMatchObject({ kind: 'not-ready', message: 'EC2 cannot be reached: socket hang up' });
  });

  it('that there is no such thing is no error to who asks whether there is', async () => {
    expect(await ifThere(Promise.reject(refusal('InvalidInstanceID.NotFound')))).toBeUndefined();
    await expect(ifThere(Promise.reject(refusal('AuthFailure')))).rejects.toThrow('so it is');
  });
});

describe('where the service is', () => {
  it('is kept whole, and nothing secret with it', async () => {
    const endpoint = 'http://127.0.0.1:5000/a b?c=d';
    const at = await withEc2({ region: 'eu-north-1', profile: 'my lab', endpoint }, async (ec2) => ec2.at);
    expect(placeOf(at)).toEqual({ region: 'eu-north-1', profile: 'my lab', endpoint });
  });
});

it.each([
  ['pending', 'running'],
  ['running', 'running'],
  ['stopping', 'stopped'],
  ['stopped', 'stopped'],
  ['shutting-down', 'missing'],
  ['terminated', 'missing'],
] as const)('takes a machine that is %s for %s', (name, state) => {
  expect(stateOf({ State: { Name: name } })).toBe(state);
});

it('takes one that EC2 does not know for missing', () => {
  expect(stateOf(undefined)).toBe('missing');
});
