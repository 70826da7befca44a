import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Input, writeFiles } from './loop.js';

/** The real inputs that the whole loop must handle, by what they are about. */
export const pipeline: Input = {
  name: 'pipeline',
  inTable: true,
  files: {
    'people.json': JSON.stringify({
      people: [
        { name: 'Zoë', age: 31 },
        { name: 'Ada', age: 36 },
        { name: 'Bo', age: 9 },
      ],
    }),
  },
  command: ['sh', '-c', `jq -r '.people[] | "\\(.age) \\(.name)"' people.json | sort -n > sorted.txt`],
};

export const python: Input = {
  name: 'python',
  files: {
    'readings.csv': 'day,value\n1,20.5\n2,21.25\n3,19\n',
    'analyse.py': `import csv, json, sqlite3, xml.etree.ElementTree as tree
rows = [(int(row['day']), float(row['value'])) for row in csv.DictReader(open('readings.csv'))]
with sqlite3.connect('readings.db') as database:
    database.execute('create table reading (day integer, value real)')
    database.executemany('insert into reading values (?, ?)', rows)
    mean, = database.execute('select avg(value) from reading').fetchone()
report = tree.Element('report', mean=str(mean))
tree.SubElement(report, 'data').text = json.dumps(rows)
tree.ElementTree(report).write('report.xml')
`,
  },
  command: ['/usr/bin/python3', 'analyse.py'],
};

/** The same with a Python below `prefix` that no package owns: the packaged one, copied with its library. */
export function ownPython(prefix: string): Input {
  const copy =
    'mkdir -p "$1/bin" "$1/lib" && cp -L /usr/bin/python3 "$1/bin/" && cp -a /usr/lib/python3.[0-9]* "$1/lib/"';
  return {
    ...python,
    name: 'own-python',
    command: [join(prefix, 'bin/python3'), 'analyse.py'],
    prepare: async ({ inside }) => {
      await inside(['sh', '-c', copy, 'sh', prefix]);
    },
  };
}

export const compiler: Input = {
  name: 'compiler',
  files: {
    'hello.c': `#include <math.h>\n#include <stdio.h>\nint main(void) { printf("%.6f\\n", sqrt(2.0)); return 0; }\n`,
  },
  command: ['sh', '-c', 'gcc -O1 -o hello hello.c -lm && ./hello > root.txt'],
};

/** A shebang chain, a diverted file, a chosen alternative, an edited conffile, a statoverride, a script of the site. */
export const administered: Input = {
  name: 'administered',
  files: { 'words.txt': 'one two three\nfour\n' },
  command: ['site-report', 'words.txt', 'report.txt'],
  prepare: async (root) => {
    writeFiles(join(root.path, 'usr/local/bin'), {
      'site-shell': '#!/bin/sh -e\nexec /bin/sh -e "$@"\n',
      'site-report': `#!/usr/local/bin/site-shell
{
  awk '{ print NF }' "$1"
  factor 91
  nl "$1"
  grep -c . /etc/bash.bashrc
} > "$2"
`,
    });
    await root.inside(['dpkg-divert', '--local', '--rename', '--add', '/usr/bin/factor']);
    writeFiles(join(root.path, 'usr/bin'), { factor: '#!/bin/sh\necho factors of "$1"\nexec factor.distrib "$1"\n' });
    await root.inside(['update-alternatives', '--set', 'awk', '/usr/bin/mawk']);
    await root.inside(['dpkg-statoverride', '--update', '--add', 'root', 'staff', '0750', '/usr/bin/nl']);
    writeFileSync(join(root.path, 'etc/bash.bashrc'), '# changed on this site\nalias ll="ls -l"\n');
  },
};

export const failing: Input = {
  name: 'failing',
  files: { 'part.sh': '#!/bin/sh\necho begun > part.txt\ncat no-such-file\nexit 3\n' },
  command: ['./part.sh'],
  code: 3,
};
