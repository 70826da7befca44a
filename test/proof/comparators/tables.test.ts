import { beforeEach, describe, expect, it } from 'vitest';
import type { Comparator } from '../../../src/spec/document/comparators.js';
import { needs } from '../../support/needs.js';
import { compare, differences, systemPython, workshop } from './written.js';

const shop = workshop();
const python = (script: string, ...args: readonly string[]) => shop.python(script, ...args);

describe('csv', () => {
  it.each<[string, string, Comparator, string[]]>([
    ['a,b\n1,2\n', 'a,b\r\n1,2', 'csv', []],
    ['a,b\n1,x\n', '"a","b"\n"1","x"\n', 'csv', []],
    ['a\n1.50\n', 'a\n1.5\n', 'csv', []],
    ['a\n007\n', 'a\n7\n', 'csv', ['row 2, column a: 007 | 7']],
    ['a\nNaN\n', 'a\nnan\n', 'csv', []],
    ['a\n1\n', 'a\n\n', 'csv', ['row 2, column a: 1 | ']],
    ['a\n1\n', 'a\n1.001\n', 'csv', ['row 2, column a: 1 | 1.001']],
    ['a\n1\n', 'a\n1.001\n', { csv: { absolute: 0.01 } }, []],
    ['a\n"1,5"\n', 'a\n"1,6"\n', { csv: { absolute: 1 } }, ['row 2, column a: 1,5 | 1,6']],
    ['a,b\n1\n', 'a,b\n1,2\n', 'csv', ['row 2, column b: nothing | 2']],
    ['a,\n1,\n', 'a,\n1,\n', 'csv', []],
    ['a\n1\n2\n', 'a\n1\n', 'csv', ['row 3: 2 | nothing']],
    ['a\n1\n2\n', 'a\n2\n1\n', { csv: { unordered: true } }, []],
    ['a\n1\n2\n', 'a\n2\n2\n', { csv: { unordered: true } }, ['row 2, column a: 1 | 2']],
    ['a,b\nx,1\ny,1.00\n', 'a,b\ny,1.01\nx,1\n', { csv: { unordered: true, absolute: 0.1 } }, []],
    ['t,a\n1,2\n', 't,a\n9,2\n', { csv: { ignore: ['t'] } }, []],
    ['t,a\n1,2\n', 't,a\n9,2\n', { csv: { ignore: ['1'] } }, []],
    ['t,a\n1,2\n', 't,a\n9,3\n', { csv: { ignore: ['t'] } }, ['row 2, column a: 2 | 3']],
    ['1\n2\n', '1.1\n2\n', { csv: { absolute: 0.2 } }, ['row 1, column 1: 1 | 1.1']],
    ['1\n2\n', '1.1\n2\n', { csv: { absolute: 0.2, header: false } }, []],
    ['a\tb\n1,2\t3\n', 'a\tb\n1,2\t4\n', 'tsv', ['row 2, column b: 3 | 4']],
    ['\uFEFFa\n1\n', 'a\n1\n', 'csv', []],
    ['a\n x\n', 'a\nx\n', 'csv', ['row 2, column a:  x | x']],
    ['a\n 1\n', 'a\n1.0\n', 'csv', []],
    ['ä,b\n1,2\n', 'ä,b\n3,2\n', { csv: { ignore: ['ä'] } }, []],
    ['ä\n1\n', 'ä\n3\n', 'csv', ['row 2, column ä: 1 | 3']],
    ['', '', 'csv', []],
  ])('%j and %j by %j', async (expected, found, comparator, differing) => {
    expect(await differences(expected, found, comparator)).toEqual(differing);
  });

  it.each(['a\n"1', 'a\n"1"x,2\n'])('cannot tell what %j is', async (damaged) => {
    expect((await compare('a\n1\n', damaged, 'csv')).verdict).toBe('unproved');
  });
});

describe('json', () => {
  it.each<[string, string, Comparator, string[]]>([
    ['{"a": 1, "b": [1, 2]}', '{"b":[1,2.0],"a":1}', 'json', []],
    ['{"a": {"b": [1, 2]}}', '{"a": {"b": [1, 3]}}', 'json', ['/a/b/1: 2 | 3']],
    ['{"a": {"b": [1, 2]}}', '{"a": {"b": [1, 2.1]}}', { json: { absolute: 0.2 } }, []],
    ['{"a/b": 1}', '{"a/b": 2}', 'json', ['/a~1b: 1 | 2']],
    ['{"a": 1}', '{}', 'json', ['/a: 1 | nothing']],
    ['{"a": NaN}', '{"a": NaN}', 'json', []],
    ['{"a": -Infinity}', '{"a": Infinity}', 'json', ['/a: -Infinity | Infinity']],
    ['9007199254740993', '9007199254740992', 'json', ['the whole: 9007199254740993 | 9007199254740992']],
    ['"1"', '1', 'json', ['the whole: "1" | 1']],
    ['{"t": 1, "x": {"t": 2}}', '{"t": 3, "x": {"t": 4}}', { json: { ignore: ['t'] } }, []],
    ['{"t": 1, "x": {"t": 2}}', '{"t": 3, "x": {"t": 4}}', { json: { ignore: ['/t'] } }, ['/x/t: 2 | 4']],
    ['[{"t": 1}, {"t": 2}]', '[{"t": 3}, {"t": 4}]', { json: { ignore: ['/*/t'] } }, []],
    ['{"__proto__": 1}', '{"__proto__": 2}', 'json', ['/__proto__: 1 | 2']],
    ['{"a": 1}\n{"a": 2}\n', '{"a": 1}\n{"a": 3}\n', 'jsonl', ['line 2, /a: 2 | 3']],
    ['{"a": 1}\n', '{"a": 1}\n{"a": 3}\n', 'jsonl', ['line 2: nothing | a value']],
  ])('%j and %j by %j', async (expected, found, comparator, differing) => {
    expect(await differences(expected, found, comparator)).toEqual(differing);
  });

  it('does not take bytes that are no text for one another', async () => {
    const [one, other] = [Buffer.from('["\xe4"]', 'latin1'), Buffer.from('["\xe5"]', 'latin1')];
    expect((await compare(one, other, 'json')).verdict).toBe('unproved');
    expect((await compare(one, other, 'csv')).verdict).toBe('different');
  });

  it.each(['{"a": 1', '[1,]', '{"a" 1}', '"a', 'tru', '[1] [2]', '', '['.repeat(100_000)])(
    'is not equal to what is no JSON: %.20j',
    async (damaged) => {
      expect((await compare('[1]', damaged, 'json')).verdict).toBe('different');
      expect((await compare(damaged, '[1]', 'json')).verdict).toBe('unproved');
    },
  );
});

describe("Python's own writers", () => {
  beforeEach(needs({ programs: [systemPython] }));

  it('gives the same table whatever its dialect quotes', async () => {
    const script = `import csv, sys
rows = [['name', 'value'], ['a "b", c', 0.1 + 0.2], ['two\\nlines', float('nan')]]
csv.writer(sys.stdout, quoting=getattr(csv, sys.argv[1])).writerows(rows)`;
    const [all, minimal] = [python(script, 'QUOTE_ALL'), python(script, 'QUOTE_MINIMAL')];
    expect(all.equals(minimal)).toBe(false);
    expect(await differences(all, minimal, 'csv')).toEqual([]);
  });

  it('gives the same JSON with and without indentation', async () => {
    const script = `import json, sys
json.dump({'x': [0.1, 1e300, float('nan'), 2**70], 'é': 'ü'}, sys.stdout, indent=int(sys.argv[1]) or None)`;
    expect(await differences(python(script, '0'), python(script, '4'), 'json')).toEqual([]);
  });
});
