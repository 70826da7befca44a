import { describe, expect, it } from 'vitest';
import { compareVersions } from '../../../src/distributions/apk/versions.js';

// By the rules of apk-package(5): there is no apk here to ask.
describe('versions', () => {
  it.each([
    ['1.0-r0', '1.0-r1', -1],
    ['1.0-r9', '1.0-r10', -1],
    ['1.9', '1.10', -1],
    ['1', '006', -1],
    ['1.05', '1.19', -1],
    ['1.05-r1', '1.05.1', -1],
    ['1.1.05', '1.1.1', -1],
    ['2.3.0b-r1', '2.3.0c', -1],
    ['2.3.0', '2.3.0a', -1],
    ['1.0_alpha', '1.0_beta', -1],
    ['1.0_alpha', '1.0_alpha2', -1],
    ['1.0_rc1-r5', '1.0', -1],
    ['1.0', '1.0_p1', -1],
    ['1.0_git20200101', '1.0_p0', -1],
    ['0.1_alpha_pre2', '0.1_alpha', -1],
    ['1.0_pre20191002222144-r0', '1.0_pre20210530193627-r0', -1],
    ['1.0.1_p4', '1.0.2', -1],
    ['1.0-r0', '1.0-r0', 0],
    ['1.0~0123abc-r1', '1.0-r1', 0],
    ['20060811', '20061003', -1],
  ])('puts %s and %s in their order', (a, b, order) => {
    expect(Math.sign(compareVersions(a, b))).toBe(order);
    expect(Math.sign(compareVersions(b, a))).toBe(0 - order);
  });
});
