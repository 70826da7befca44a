import { describe, expect, it } from 'vitest';
import { TagChains } from '../../../src/filesystem/trie/tag-chains.js';
import { noTags, TagSets } from '../../../src/filesystem/trie/tag-sets.js';
import { randomNumbers } from '../../support/random.js';

describe('chains of tags', () => {
  it('are one for the same tags, whatever others there are', () => {
    const below = randomNumbers(5);
    const chains = new TagChains();
    const known = new Map<string, number>([['', chains.empty]]);
    for (let round = 0; round < 4000; round++) {
      const tags = [...new Set(Array.from({ length: below(12) }, () => below(300)))].sort((a, b) => a - b);
      let chain = chains.empty;
      for (const [at, tag] of tags.entries()) {
        chain = chains.longer(chain, tag);
        const key = tags.slice(0, at + 1).join();
        expect(known.get(key) ?? chain).toBe(chain);
        known.set(key, chain);
      }
      expect(chains.tags(chain)).toEqual(tags);
      expect(chains.last(chain)).toBe(tags.at(-1) ?? -1);
      for (let tag = 0; tag < 300; tag += 1 + below(40)) expect(chains.has(chain, tag)).toBe(tags.includes(tag));
    }
    expect(new Set(known.values()).size).toBe(known.size);
  });

  it('stay what they are when there are very many', () => {
    const chains = new TagChains();
    const made = Array.from({ length: 60_000 }, (_, tag) => chains.longer(chains.longer(chains.empty, tag), tag + 7));
    for (const [tag, chain] of made.entries()) {
      if (chains.longer(chains.longer(chains.empty, tag), tag + 7) !== chain) throw new Error(`${tag} has another`);
    }
    expect(new Set(made).size).toBe(made.length);
    expect(chains.tags(made[31_415] ?? 0)).toEqual([31_415, 31_422]);
  });

  it('may be as long as there are systems', () => {
    const chains = new TagChains();
    let chain = chains.empty;
    for (let tag = 0; tag < 5000; tag++) chain = chains.longer(chain, tag * 2);
    expect(chains.tags(chain)).toHaveLength(5000);
    expect([chains.has(chain, 0), chains.has(chain, 9998), chains.has(chain, 4999)]).toEqual([true, true, false]);
  });
});

describe('sets of tags', () => {
  /** Each set of a random history beside what it is to hold. */
  it('are what sets of numbers are, in whatever order tags come and go', () => {
    const below = randomNumbers(11);
    const sets = new TagSets();
    const history: { readonly set: number; readonly tags: readonly number[] }[] = [{ set: noTags, tags: [] }];
    const numbers = new Map<string, number>([['', noTags]]);
    const sorted = (tags: Iterable<number>) => [...new Set(tags)].sort((a, b) => a - b);
    for (let round = 0; round < 20_000; round++) {
      const one = history[below(history.length)] ?? { set: noTags, tags: [] };
      const other = history[below(history.length)] ?? one;
      const tag = below(round < 10_000 ? 12 : 200);
      const [set, tags] = [
        () => [sets.with(one.set, tag), sorted([...one.tags, tag])] as const,
        () => [sets.without(one.set, tag), one.tags.filter((each) => each !== tag)] as const,
        () => [sets.union(one.set, other.set), sorted([...one.tags, ...other.tags])] as const,
        () => [sets.idOf(one.tags), one.tags] as const,
      ][below(4)]?.() ?? [noTags, []];
      expect(sets.tags(set)).toEqual(tags);
      expect(sets.has(set, tag)).toBe(tags.includes(tag));
      expect(numbers.get(tags.join()) ?? set).toBe(set);
      numbers.set(tags.join(), set);
      if (tags.length < 30) history.push({ set, tags });
    }
    for (const { set, tags } of history) expect(sets.tags(set)).toEqual(tags);
    // As many as were made: a beginning of others is none until it is asked for.
    expect(sets.size).toBe(new Set(numbers.values()).size);
  });

  it('are read as they stand one after the other', () => {
    const sets = TagSets.of(Int32Array.of(0, 2, 3), Int32Array.of(1, 4, 4));
    expect([sets.size, sets.tags(1), sets.tags(2), sets.tags(3)]).toEqual([3, [1, 4], [4], []]);
    expect([sets.has(1, 4), sets.has(2, 1), sets.has(9, 1)]).toEqual([true, false, false]);
  });
});
