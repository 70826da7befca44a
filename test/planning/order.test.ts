import { describe, expect, it } from 'vitest';
import { inOrderOfNeed } from '../../src/planning/order.js';

const standing = (name: string, ...needs: string[]) => ({ name, needs });
const namesOf = (all: ReturnType<typeof standing>[]) =>
  inOrderOfNeed(all, '/s/environment.yml').map(({ name }) => name);

describe('the order of distributions', () => {
  it('stays as it is where nothing is needed', () => {
    expect(namesOf([standing('c'), standing('a'), standing('b')])).toEqual(['c', 'a', 'b']);
  });

  it('brings what is needed before who needs it, through any number of others', () => {
    const all = [standing('base'), standing('npm', 'python'), standing('git'), standing('python', 'conda', 'base')];
    expect(namesOf([...all, standing('conda')])).toEqual(['base', 'conda', 'python', 'npm', 'git']);
  });

  it('names those that need one another in a circle, and not those that lead to it', () => {
    const all = [standing('git', 'npm'), standing('npm', 'python'), standing('python', 'npm')];
    expect(() => namesOf(all)).toThrow('need one another in a circle: npm needs python needs npm');
    expect(() => namesOf([standing('npm', 'npm')])).toThrow('npm needs npm');
  });

  it('names what is needed and not there', () => {
    expect(() => namesOf([standing('python', 'conda')])).toThrow('python needs the distribution conda');
  });
});
