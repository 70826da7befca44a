import { describe, expect, it } from 'vitest';
import type { FileEntry } from '../../src/model/file-entry.js';
import { type FilePath, showPath } from '../../src/model/file-path.js';
import { isDifferent, type TreeProof } from '../../src/proof/proof.js';
import { verifyTree } from '../../src/proof/verify.js';
import type { AccessRecord } from '../../src/spec/specification.js';
import { randomNumbers } from '../support/random.js';
import { at, file, folder, link, loose, owned, specOf, traceOf, tree } from './trees.js';

const names = ['a', 'tool', 'lib.so.1', 'with space', 'line\nbreak', 'mönch', 'x-1.2', '...'];
const searchPath = ['/usr/local/bin', '/usr/bin'];

interface World {
  readonly entries: FileEntry[];
  readonly accesses: AccessRecord[];
  readonly program: FilePath;
}

/** A tree with files, links and a program found on the second folder of the search path, and a run that used some. */
function world(pick: (below: number) => number): World {
  const entries = new Map<FilePath, FileEntry>();
  const add = (entry: FileEntry) => entries.set(entry.path, entry);
  const accesses: AccessRecord[] = [];
  for (let number = 0; number < 30; number++) {
    const path = `/usr/share/d${pick(5)}/${names[pick(names.length)]}${number}`;
    const kind = pick(4);
    if (kind === 0) add(link(path, `../d${pick(5)}/t${number}`));
    else if (kind === 1) add(folder(path, { mode: 0o755 }));
    else add(file(path, `content ${number}`, { uid: pick(3), mode: pick(2) === 0 ? 0o644 : 0o755 }));
    if (kind === 0) add(file(`/usr/share/d${[...entries.values()].at(-1)?.target?.[4]}/t${number}`, `t${number}`));
    if (pick(3) > 0) accesses.push(owned(path, [kind === 1 ? 'listed' : 'read']));
  }
  const program = at('/usr/bin/prog');
  add(file(program, 'prog', { mode: 0o755 }));
  add(folder('/usr/local/bin'));
  accesses.push(loose('/usr/local/bin/prog', ['absent']), owned(program, ['executed']));
  return { entries: tree(...entries.values(), folder('/work')), accesses, program };
}

interface Mutation {
  readonly entries: FileEntry[];
  readonly path: FilePath;
  readonly verdict: string;
}

function mutate({ entries, program }: World, kind: string, pick: (below: number) => number): Mutation | undefined {
  const candidates = entries.filter(({ type, path }) => {
    if (!path.startsWith('/usr/share/') && path !== program) return false;
    if (kind === 'content') return type === 'file';
    if (kind === 'link') return type === 'symlink';
    return type === 'file' || (type === 'symlink' && (kind === 'type' || kind === 'missing'));
  });
  if (kind === 'shadowed') {
    return {
      entries: [...entries, file(`${searchPath[0]}/prog`, 'evil', { mode: 0o755 })],
      path: at('/usr/local/bin/prog'),
      verdict: kind,
    };
  }
  const victim = candidates[pick(candidates.length)];
  if (victim === undefined) return undefined;
  const replace = (change: Partial<FileEntry>): FileEntry[] =>
    entries.map((entry) => (entry === victim ? { ...entry, ...change } : entry));
  const changes: Readonly<Record<string, () => FileEntry[]>> = {
    content: () => replace({ hash: (victim.hash ?? '').replace(/^./, (digit) => (digit === '0' ? '1' : '0')) }),
    mode: () => replace({ mode: victim.mode ^ (1 << pick(12)) }),
    owner: () => replace(pick(2) === 0 ? { uid: victim.uid + 1 } : { gid: victim.gid + 1 }),
    link: () => replace({ target: at(`${victim.target}x`) }),
    type: () => replace({ type: 'fifo' }),
    missing: () => entries.filter((entry) => entry !== victim),
  };
  const changed = changes[kind]?.();
  return changed && { entries: changed, path: victim.path, verdict: kind };
}

function differing(proof: TreeProof): Map<string, string> {
  const rows = [...proof.snapshot.differences, ...proof.runs.flatMap(({ paths }) => paths)].filter(isDifferent);
  return new Map(rows.map(({ path, verdict }) => [path, verdict]));
}

describe('a single change of a random tree', () => {
  it('is not claimed where there is none', async () => {
    for (let seed = 0; seed < 60; seed++) {
      const { entries, accesses } = world(randomNumbers(seed));
      const proof = await verifyTree({
        spec: specOf({ origin: entries, trace: traceOf(accesses) }),
        entries: [...entries].reverse(),
      });
      expect([...differing(proof)], `seed ${seed}`).toEqual([]);
      expect(proof.ok, `seed ${seed}`).toBe(true);
    }
  });

  it.each(['content', 'mode', 'owner', 'link', 'type', 'missing', 'shadowed'])('is named: %s', async (kind) => {
    let tried = 0;
    for (let seed = 0; seed < 60; seed++) {
      const pick = randomNumbers(seed * 7919 + 1);
      const origin = world(pick);
      const mutation = mutate(origin, kind, pick);
      if (mutation === undefined) continue;
      tried++;
      const spec = specOf({ origin: origin.entries, trace: traceOf(origin.accesses) });
      const proof = await verifyTree({ spec, entries: mutation.entries });
      expect(proof.ok, `seed ${seed}`).toBe(false);
      expect(differing(proof).get(showPath(mutation.path)), `seed ${seed}`).toBe(mutation.verdict);
    }
    expect(tried).toBeGreaterThan(30);
  });
});
