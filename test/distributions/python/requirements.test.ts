import { describe, expect, it } from 'vitest';
import { applies, parseRequirement } from '../../../src/distributions/python/requirements.js';
import { randomNumbers } from '../../support/random.js';
import { asked, needsPip } from './packaging.js';

const environment = {
  implementation_name: 'cpython',
  implementation_version: '3.11.2',
  os_name: 'posix',
  platform_machine: 'x86_64',
  platform_python_implementation: 'CPython',
  platform_release: '6.1.0-18-amd64',
  platform_system: 'Linux',
  platform_version: '#1 SMP Debian',
  python_full_version: '3.11.2',
  python_version: '3.11',
  sys_platform: 'linux',
};

describe('requirements of Python packages', () => {
  it.each([
    ['Zope.Interface', { name: 'zope-interface', extras: [], specifiers: [] }],
    ['a (>=1)', { name: 'a', specifiers: [{ operator: '>=', version: '1' }] }],
    ['a[Sec_B, c]~=1.2 ; os_name == "nt"', { name: 'a', extras: ['sec-b', 'c'] }],
    ['a @ https://host/a.zip ; python_version < "3"', { name: 'a', url: 'https://host/a.zip' }],
  ])('reads %s', (text, expected) => {
    expect(parseRequirement(text)).toMatchObject(expected);
  });

  it.each(['', '-x', 'a >', 'a; python_version', 'a; (os_name == "x"', "a; 'x' and 'y'"])('refuses %j', (text) => {
    expect(parseRequirement(text)).toBeUndefined();
  });

  it('asks for what an extra brings only where the extra is asked for', () => {
    const requirement = parseRequirement('b; extra == "Fast_IO"');
    if (!requirement) throw new Error('not read');
    expect(applies(requirement, environment)).toBe(false);
    expect(applies(requirement, environment, new Set(['fast-io']))).toBe(true);
  });

  it('are evaluated as packaging does', async (context) => {
    await needsPip(context);
    const number = randomNumbers(7);
    const pick = (...choices: string[]): string => choices[number(choices.length)] ?? '';
    const comparison = (): string => {
      const operator = () => pick('==', '!=', '<', '<=', '>', '>=', '~=');
      const bound = () => `"${pick('3.6', '3.11', '3.11.2', '3.12', '2.7')}"`;
      const text = () =>
        `${pick('==', '!=', 'in', 'not in')} '${pick('linux', 'win32', 'linux darwin', 'posix', 'x86_64')}'`;
      return pick(
        `python_version ${operator()} ${bound()}`,
        `${bound()} ${pick('<', '<=', '==')} python_full_version`,
        `python_version ${pick('==', '!=')} "3.*"`,
        `python_version ${pick('in', 'not in')} "2.7, 3.11"`,
        `${pick('sys_platform', 'sys.platform', 'os_name', 'platform_machine')} ${text()}`,
        `extra == '${pick('fast', 'slow')}'`,
      );
    };
    const marker = (depth: number): string =>
      depth === 0
        ? comparison()
        : pick(
            `${marker(depth - 1)} ${pick('and', 'or')} ${marker(depth - 1)}`,
            `(${marker(depth - 1)}) ${pick('and', 'or')} ${marker(0)}`,
            comparison(),
          );
    const markers = Array.from({ length: 1500 }, () => marker(3));
    const theirs = asked<boolean>(
      `from pip._vendor.packaging.markers import Marker\nenv = json.loads('${JSON.stringify({ ...environment, extra: 'fast' })}')`,
      'Marker(e).evaluate(env)',
      markers,
    );
    const ours = markers.map((each) => {
      const requirement = parseRequirement(`a; ${each}`);
      return requirement && applies(requirement, environment, new Set(['fast']));
    });
    expect(markers.filter((_, at) => ours[at] !== theirs[at])).toEqual([]);
    expect(new Set(theirs)).toEqual(new Set([true, false]));
  });
});
