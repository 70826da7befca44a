import { describe, expect, it } from 'vitest';
import { errorData, errorText } from '../../src/cli/error-text.js';
import { firstFailure, ReproError } from '../../src/errors.js';

describe('errorText', () => {
  it('ends a sentence that ends in brackets', () => {
    const error = new ReproError('usage', 'it is there (state: ready)', { remedy: 'remove it' });
    expect(errorText(error)).toBe('it is there (state: ready). Remove it.');
  });

  it('says what, where and what to do in one paragraph', () => {
    const error = new ReproError('usage', 'unknown key\n  "pakages"', {
      where: 'environment.yml:3:1',
      remedy: 'write packages',
    });
    expect(errorText(error)).toBe('environment.yml:3:1: unknown key "pakages". Write packages.');
  });

  it('does not say the place twice', () => {
    expect(errorText(new ReproError('usage', 'a.yml:1:1: no version', { where: 'a.yml:1:1' }))).toBe(
      'a.yml:1:1: no version.',
    );
  });

  it('explains a full disk', () => {
    const error = Object.assign(new Error('ENOSPC: write'), { code: 'ENOSPC', path: '/mnt/x' });
    expect(errorText(error)).toMatch(/^\/mnt\/x: no space is left on the disk\. Make room/);
  });

  it('makes control characters visible', () => {
    expect(errorText(new ReproError('usage', 'no such file: \u001b[2J'))).toBe('no such file: \\x1b[2J.');
  });
});

it('gives an error as data without empty members', () => {
  expect(errorData(new ReproError('not-ready', 'no engine'))).toEqual({ kind: 'not-ready', message: 'no engine' });
});

describe('firstFailure', () => {
  it('is what failed, where clean-ups failed after it', async () => {
    const first = new ReproError('not-ready', 'no engine answers');
    const failing = async () => {
      await using _one = failsWhenItEnds();
      await using _other = failsWhenItEnds();
      throw first;
    };
    const thrown: unknown = await failing().catch((error: unknown) => error);
    expect(thrown).not.toBe(first);
    expect(firstFailure(thrown)).toBe(first);
  });

  it('is the error itself where nothing else failed', () => {
    const error = new Error('alone');
    expect(firstFailure(error)).toBe(error);
  });
});

function failsWhenItEnds(): AsyncDisposable {
  return { [Symbol.asyncDispose]: () => Promise.reject(new Error('no engine answers any more')) };
}
