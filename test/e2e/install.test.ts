import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { sha256 } from '../../src/hash.js';
import type { StepOutcome } from '../../src/planning/replay.js';
import type { Proof } from '../../src/proof/proof.js';
import { readSpecification } from '../../src/spec/read.js';
import { type Cli, freshCli } from '../support/cli.js';
import { writeFiles } from '../support/loop.js';
import { needs, shared } from '../support/needs.js';

let cli: Cli;
let server: Server;
beforeEach(needs({ archive: true, programs: ['curl', 'make', 'mmdebstrap', 'wget'] }));
beforeEach(
  shared(async () => {
    cli = await freshCli({ takesBare: true });
    writeFiles(cli.work, files);
    server = createServer((request, response) => response.end(`from ${request.url}\n`));
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  }),
);
afterAll(async () => {
  server?.close();
  await cli?.[Symbol.asyncDispose]();
});

const files = {
  'settings.txt': 'scale=2\n',
  'tool.sh': '#!/bin/sh\ncat "$@"\n',
  Makefile: 'install:\n\tinstall -D -m 755 tool.sh prefix/bin/tool\n',
  'fetch.sh': `#!/bin/sh -e
curl -so table.csv "$1/table.csv?token=hunter2222"
wget -q --no-config -O words.txt "$1/words"
cp settings.txt copy.txt
make install
`,
  'use.sh': '#!/bin/sh -e\n./prefix/bin/tool table.csv words.txt copy.txt > out.txt\n',
  'install.sh': `#!/bin/sh -e
mkdir lab
cp settings.txt lab/settings.txt
sed s/scale/factor/ settings.txt > lab/factor.txt
ln -s factor.txt lab/current.txt
`,
  'run-lab.sh': '#!/bin/sh -e\ncat lab/current.txt lab/settings.txt > lab.txt\n',
};

it('says of files that an earlier command downloaded, copied or installed which program did, with its arguments', async () => {
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await cli.must(['trace', '-o', 'made.yml', '--repack', 'none', '--', './fetch.sh', address], {
    env: { no_proxy: '*' },
  });
  const used = await cli.must(['trace', '--append', 'made.yml', '--repack', 'none', '--', './use.sh']);
  const { runs } = (await readSpecification(join(cli.work, 'made.yml'))).manifest;
  const origins = Object.fromEntries(
    (runs[1]?.inputs ?? []).map(({ path, origin }) => [path.slice(cli.work.length + 1), origin]),
  );
  expect(origins).toEqual({
    'table.csv': { command: ['curl', '-so', 'table.csv', `${address}/table.csv?token=***`], run: 'fetch-sh' },
    'words.txt': { command: ['wget', '-q', '--no-config', '-O', 'words.txt', `${address}/words`], run: 'fetch-sh' },
    'copy.txt': { command: ['cp', 'settings.txt', 'copy.txt'], run: 'fetch-sh' },
    'prefix/bin/tool': { command: ['install', '-D', '-m', '755', 'tool.sh', 'prefix/bin/tool'], run: 'fetch-sh' },
  });
  expect(used.stderr).toMatch(/copy\.txt - made by cp settings\.txt copy\.txt, in the run fetch-sh/);
  const why = await cli.must(['why', 'table.csv', 'made.yml']);
  expect(why.stdout).toMatch(/origin +made by curl -so table\.csv .*token=\*\*\*, in the run fetch-sh\./);
});

interface Created {
  readonly proof: Proof;
  readonly steps: readonly StepOutcome[];
}

async function create(name: string): Promise<Created & { readonly code: number | undefined }> {
  const { stdout, stderr, code } = await cli.run(['create', '--json', '--name', name, '--rerun', 'lab.yml']);
  if (!stdout.includes(`"proof"`)) throw new Error(stdout + stderr);
  return { ...(JSON.parse(stdout) as Created), code };
}

it('records an installation as a step, does it again, and puts in place what an edited one makes otherwise', async () => {
  await cli.must(['trace', '-o', 'lab.yml', '--append', '--install', '--', './install.sh']);
  await cli.must(['trace', '--append', 'lab.yml', '--', './run-lab.sh']);
  const made = join(cli.work, 'lab');
  const { manifest } = await readSpecification(join(cli.work, 'lab.yml'));
  expect(manifest.steps).toMatchObject([{ id: 'install-sh', makes: [{ path: made, tree: { files: 2 } }] }]);
  expect(manifest.runs.map(({ id }) => id)).toEqual(['run-lab-sh']);

  const created = await create('lab');
  expect(created.steps).toEqual([{ step: 'install-sh', done: true, equal: 4, restored: [], other: [] }]);
  expect(created).toMatchObject({ code: 0, proof: { ok: true, reruns: [{ run: 'run-lab-sh', ok: true }] } });

  const script = files['install.sh'].replace('scale/factor', 'scale/other');
  const text = readFileSync(join(cli.work, 'lab.yml'), 'utf8');
  mkdirSync(join(cli.work, 'lab.d/contents'), { recursive: true });
  writeFileSync(join(cli.work, 'lab.d/contents', sha256(script)), script);
  const edited = text.replace(sha256(files['install.sh']), sha256(script));
  writeFileSync(
    join(cli.work, 'lab.yml'),
    edited.replace(`size: ${files['install.sh'].length}`, `size: ${script.length}`),
  );
  const again = await create('edited');
  expect(again.steps).toEqual([
    { step: 'install-sh', done: true, equal: 3, restored: [join(made, 'factor.txt')], other: [] },
  ]);
  expect(again.proof.reruns).toMatchObject([{ run: 'run-lab-sh', ok: true }]);
});
