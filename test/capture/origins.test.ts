import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { savedByWget, sumIn } from '../../src/capture/origin-records.js';
import { findOrigins } from '../../src/capture/origins.js';
import { sha256 } from '../../src/hash.js';
import type { Machine } from '../../src/machines/machine.js';
import { type FilePath, pathFromText } from '../../src/model/file-path.js';
import { type FixtureRoot, fixtureRoot } from './fixture-root.js';

let root: FixtureRoot;
beforeEach(async () => {
  root = await fixtureRoot();
});
afterEach(() => root[Symbol.asyncDispose]());

/** The fixture with a shell that knows one attribute of some files, and of others an error number. */
function machineWith(attributes: Readonly<Record<string, string | number>>): Machine {
  const fields = Object.entries(attributes).map(([path, found]) =>
    typeof found === 'number' ? `${path}\0${found}\0\0` : `${path}\x000\0${found}\0`,
  );
  const run = async () => ({ exit: { code: 0 }, stdout: Buffer.from(fields.join('')), stderr: Buffer.alloc(0) });
  return { ...root.machine, shell: { run } as unknown as NonNullable<Machine['shell']> };
}

async function originsOf(
  files: Readonly<Record<string, string>>,
  machine = machineWith({}),
  asked: Record<string, string> = {},
) {
  for (const [path, content] of Object.entries(files)) await root.file(path, content);
  const hashes = new Map(Object.entries(files).map(([path, content]) => [pathFromText(path), sha256(content)]));
  const resolved = new Map(Object.entries(asked) as [FilePath, FilePath][]);
  const { origins, notes } = await findOrigins({ machine, files: hashes, resolved });
  return { origins: Object.fromEntries(origins), notes };
}

describe('where a loose file is from', () => {
  it('is the address in its extended attribute, without the credentials in it', async () => {
    const url = 'https://ada:hunter22@example.org/data.csv?token=abcdefgh1234';
    const { origins, notes } = await originsOf({ '/srv/data.csv': '1' }, machineWith({ '/srv/data.csv': url }));
    expect(origins).toEqual({
      '/srv/data.csv': { url: 'https://ada:***@example.org/data.csv?token=***', from: 'attribute' },
    });
    expect(notes).toEqual([]);
  });

  it.each([
    ['SHA256SUMS', (sum: string) => `${'0'.repeat(64)}  other.csv\n${sum} *data.csv\n`],
    ['checksums.txt', (sum: string) => `SHA256 (data.csv) = ${sum}\n`],
    ['data.csv.sha256', (sum: string) => `${sum}\n`],
    ['data.csv.sha256', (sum: string) => `${sum.toUpperCase()}  ./data.csv\n`],
  ])('is confirmed by a list of sums beside it that has its hash (%s)', async (list, text) => {
    await root.file(`/srv/${list}`, text(sha256('1')));
    const { origins } = await originsOf(
      { '/srv/data.csv': '1' },
      machineWith({ '/srv/data.csv': 'https://example.org/d' }),
    );
    expect(origins).toEqual({
      '/srv/data.csv': { url: 'https://example.org/d', from: 'attribute', checksums: `/srv/${list}` },
    });
  });

  it('is not confirmed by a list that has another hash: that is told', async () => {
    await root.file('/srv/SHA256SUMS', `${sha256('2')}  data.csv\n`);
    const { origins, notes } = await originsOf({ '/srv/data.csv': '1' });
    expect(origins).toEqual({});
    expect(notes).toEqual([`/srv/data.csv is not what /srv/SHA256SUMS says: its SHA-256 is to be ${sha256('2')}.`]);
  });

  it('is in the log of wget beside it: the last address before it was saved', async () => {
    await root.file(
      '/srv/wget-log',
      [
        '--2026-01-31 12:00:00--  https://example.org/latest',
        'HTTP request sent, awaiting response... 302 Found',
        '--2026-01-31 12:00:01--  https://mirror.example.org/data-2.csv',
        'Saving to: \u2018data.csv\u2019',
        '',
      ].join('\n'),
    );
    const { origins } = await originsOf({ '/srv/data.csv': '1', '/srv/other.csv': '2' });
    expect(origins).toEqual({ '/srv/data.csv': { url: 'https://mirror.example.org/data-2.csv', from: 'wget-log' } });
  });

  it('is in the path of a file in the cache of the Hugging Face Hub', async () => {
    const cache = '/home/ada/.cache/huggingface/hub/models--lab--tiny';
    const asked = { [`${cache}/snapshots/${'a'.repeat(40)}/config.json`]: `${cache}/blobs/one` };
    const { origins } = await originsOf({ [`${cache}/blobs/one`]: '{}' }, machineWith({}), asked);
    expect(origins).toEqual({
      [`${cache}/blobs/one`]: {
        url: `https://huggingface.co/lab/tiny/resolve/${'a'.repeat(40)}/config.json`,
        from: 'cache',
      },
    });
  });

  it('is not believed when it is no address', async () => {
    const { origins } = await originsOf({ '/srv/data.csv': '1' }, machineWith({ '/srv/data.csv': 'somewhere' }));
    expect(origins).toEqual({});
  });

  it('says what could not be read, and where nothing can be', async () => {
    const unreadable = await originsOf({ '/srv/data.csv': '1' }, machineWith({ '/srv/data.csv': 13 }));
    expect(unreadable.notes).toEqual(['The extended attributes of /srv/data.csv cannot be read (error 13).']);
    const still = await originsOf({ '/srv/data.csv': '1' }, root.machine);
    expect(still.notes).toEqual([
      expect.stringMatching(/^Whether files carry the address that they are from is not known/),
    ]);
    expect((await originsOf({}, root.machine)).notes).toEqual([]);
  });
});

it('takes a sum without a name for that of the file that the list is called after alone', () => {
  const sum = sha256('1');
  const path = pathFromText('/srv/a.csv');
  expect(sumIn(`${sum}\n`, pathFromText('/srv/a.csv.sha256'), path)).toBe(sum);
  expect(sumIn(`${sum}\n`, pathFromText('/srv/SHA256SUMS'), path)).toBeUndefined();
});

it('keeps apart what wget saved from several addresses, and ignores what it did not save', () => {
  const log = (...lines: string[]) => lines.join('\n');
  const saved = savedByWget(
    log(
      '--2026-01-31 12:00:00--  https://example.org/a',
      "Saving to: 'a.csv'",
      '--2026-01-31 12:00:02--  https://example.org/b',
      'ERROR 404: Not Found.',
      '--2026-01-31 12:00:03--  https://example.org/c',
      'Saving to: "data/c.csv"',
    ),
  );
  expect([...saved]).toEqual([
    ['a.csv', 'https://example.org/a'],
    ['c.csv', 'https://example.org/c'],
  ]);
});
