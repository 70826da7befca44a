import type { Sample } from '../../../support/tracing/comparison.js';
import { shell, tree, write } from './make.js';

const python = '/usr/bin/python3';

function pythonSample(name: string, code: string, rest: Partial<Sample> = {}): Sample {
  return { name, argv: [python, '-c', code], programs: [python], ...rest };
}

/** Interpreters and what they start. */
export const languages: readonly Sample[] = [
  pythonSample('python imports', 'import json, sqlite3, ssl, ctypes, xml.dom.minidom, asyncio', {
    isDeterministic: true,
  }),
  pythonSample(
    'python subprocess',
    `import subprocess as s
s.run(['sh', '-c', 'cat tree/run.sh | sort'], check=True)
s.Popen(['cat', 'one.txt'], cwd='tree/a').wait()
s.run(['no-such-program-anywhere'], check=False) if False else None
try: s.run(['no-such-program-anywhere'])
except FileNotFoundError: pass`,
    { prepare: tree, isDeterministic: true },
  ),
  pythonSample(
    'python multiprocessing fork',
    `import multiprocessing as m, os
def f(i):
    return open('tree/run.sh').read() + str(os.path.exists('absent-%d' % i))
if __name__ == '__main__':
    with m.get_context('fork').Pool(2) as p: p.map(f, range(20), chunksize=10); p.close(); p.join()`,
    { prepare: tree },
  ),
  {
    name: 'python multiprocessing spawn',
    argv: [python, 'main.py'],
    prepare: (folder) =>
      write(folder, {
        'main.py': `import multiprocessing as m
def f(i): return len(open('main.py').read()) + i
if __name__ == '__main__':
    with m.get_context('spawn').Pool(2) as p: print(p.map(f, range(4))); p.close(); p.join()`,
      }),
    programs: [python],
  },
  pythonSample(
    'python threads',
    `from concurrent.futures import ThreadPoolExecutor as T
def f(i):
    with open('t-a%d' % i, 'x') as o: o.write('x')
    with open('t-a%d' % i) as o: return o.read()
with T(8) as t: list(t.map(f, range(200)))`,
    { isDeterministic: true },
  ),
  {
    name: 'python compileall',
    argv: [python, '-m', 'compileall', '-q', 'package'],
    prepare: (folder) =>
      write(folder, { 'package/__init__.py': '', 'package/one.py': 'x = 1\n', 'package/sub/two.py': 'y = 2\n' }),
    programs: [python],
  },
  { name: 'python venv', argv: [python, '-m', 'venv', '--without-pip', 'env'], programs: [python] },
  shell(
    'perl',
    `perl -MFile::Find -MPOSIX -e 'find(sub { print if -f }, "tree"); open F, "<", "tree/run.sh"; print <F>; system "true"; exec "cat", "tree/link"'`,
    {
      prepare: tree,
      programs: ['perl'],
      isDeterministic: true,
    },
  ),
  {
    name: 'R',
    argv: [
      'R',
      '--vanilla',
      '--slave',
      '-e',
      'write.csv(data.frame(a=1:3), "o.csv"); print(read.csv("o.csv")); cat(system("echo hi", intern=TRUE))',
    ],
    programs: ['R'],
  },
  { name: 'java', argv: ['java', '-XshowSettings:properties', '-version'], programs: ['java'] },
  shell(
    'sqlite3',
    `sqlite3 d.db 'create table t(a); insert into t values(1); pragma journal_mode=wal; insert into t values(2); select * from t'`,
    {
      programs: ['sqlite3'],
    },
  ),
  {
    name: 'bash process substitution',
    argv: [
      'bash',
      '-c',
      'diff <(sort tree/run.sh) <(cat tree/run.sh) ; cat <<< here > out; while read -r x; do echo "$x"; done < tree/a/one.txt; source tree/run.sh',
    ],
    prepare: tree,
  },
  {
    name: 'awk',
    argv: ['awk', '{ print > ("out-" NR); "date +%Y" | getline y }', 'tree/run.sh'],
    prepare: tree,
    isDeterministic: true,
  },
  {
    name: 'static busybox',
    argv: [
      'busybox',
      'sh',
      '-c',
      'busybox find tree -type f | busybox xargs -n1 busybox cat; busybox cp -r tree copy; busybox tar cf t.tar copy',
    ],
    prepare: tree,
    programs: ['busybox'],
  },
];
