import { describe, expect, it } from 'vitest';
import {
  type Activation,
  type Assignment,
  activate,
  deactivate,
  type Variables,
} from '../../../src/resources/activate/activation.js';

function applied(shell: Variables, assignments: readonly Assignment[]): Variables {
  const all = { ...shell, ...Object.fromEntries(assignments.map(({ name, value }) => [name, value])) };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

const one: Activation = { name: 'one', variables: { PATH: '/usr/bin:/bin', LANG: 'C', A: '1' }, path: ['/venv/bin'] };
const two: Activation = { name: 'two', variables: { B: '2', A: '3' }, path: [] };
const shell = { PATH: '/home/me/bin:/bin', HOME: '/home/me', LANG: 'de_DE' };

describe('a shell with a resource', () => {
  it('has its variables and programs first, and its own programs still', () => {
    const found = applied(shell, activate(one, shell));
    expect(found).toMatchObject({ PATH: '/venv/bin:/usr/bin:/bin:/home/me/bin', LANG: 'C', A: '1', HOME: '/home/me' });
  });

  it('is as it was when that is left', () => {
    const with_ = applied(shell, activate(one, shell));
    expect(applied(with_, deactivate(with_))).toEqual(shell);
    expect(applied(with_, deactivate(with_, 'one'))).toEqual(shell);
  });

  it('leaves the one for another, and goes back to what was before both', () => {
    const first = applied(shell, activate(one, shell));
    const second = applied(first, activate(two, first));
    expect(second).toMatchObject({ PATH: shell.PATH, LANG: 'de_DE', A: '3', B: '2', REPROMAN_ACTIVE: 'two' });
    expect(applied(second, deactivate(second))).toEqual(shell);
  });

  it('is the same when it is activated again', () => {
    const first = applied(shell, activate(one, shell));
    expect(applied(first, activate(one, first))).toEqual(first);
  });

  it('keeps who works in it, and takes no name that is no variable', () => {
    const odd = { HOME: '/root', PWD: '/', 'BASH_FUNC_x%%': '() { :; }', 'A B': '1', 'X;id': '1' };
    const names = activate({ name: 'odd', variables: odd, path: [] }, shell).map(({ name }) => name);
    expect(names).toEqual(['REPROMAN_SAVED_PATH', 'PATH', 'REPROMAN_ACTIVE', 'REPROMAN_VARIABLES']);
  });

  it('is not left for what is not active', () => {
    const with_ = applied(shell, activate(one, shell));
    expect(() => deactivate(with_, 'two')).toThrow("'two' is not active in this shell");
    expect(() => deactivate(shell)).toThrow('no resource is active in this shell');
  });

  it('unsets nothing but what was set, whatever the variable says', () => {
    const with_ = { ...shell, REPROMAN_ACTIVE: 'one', REPROMAN_VARIABLES: 'A HOME x;id' };
    expect(deactivate(with_).map(({ name }) => name)).toEqual(['A', 'REPROMAN_ACTIVE', 'REPROMAN_VARIABLES']);
  });
});
