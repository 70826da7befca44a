import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { beforeEach, expect, it } from 'vitest';
import { capture } from '../../src/capture/capture.js';
import { localMachine } from '../../src/machines/local.js';
import { pathFromText } from '../../src/model/file-path.js';
import { readSpecification } from '../../src/spec/read.js';
import { strace } from '../../src/tracing/strace/index.js';
import { needs } from '../support/needs.js';

beforeEach(needs({ programs: ['strace'] }));

it('keeps every secret that a real command met out of the spec', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'reproman-secrets-'));
  try {
    const home = join(folder, 'home');
    const work = join(home, 'work');
    const canary = (place: string) => `canary-${place}-${'93ab'.repeat(4)}`;
    await mkdir(join(home, '.ssh'), { recursive: true });
    await mkdir(join(work, '.git'), { recursive: true });
    await writeFile(join(home, '.ssh', 'id_rsa'), canary('ssh'));
    await chmod(join(home, '.ssh', 'id_rsa'), 0o600);
    await writeFile(join(home, '.netrc'), canary('netrc'));
    await writeFile(join(work, '.git', 'config'), `[remote "o"]\n  url = https://me:${canary('git')}@h.example/x\n`);
    await writeFile(
      join(work, 'data.txt'),
      `-----BEGIN PRIVATE KEY-----\n${canary('pem')}\n-----END PRIVATE KEY-----\n`,
    );
    await writeFile(join(work, 'plain.txt'), 'plain\n');
    const script =
      'cat ~/.ssh/id_rsa ~/.netrc .git/config data.txt plain.txt > /dev/null; /bin/echo "$MY_TOKEN" > out.txt';
    await writeFile(join(work, 'run.sh'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    await using machine = await localMachine();
    const trace = await strace.trace(['./run.sh', `--password=${canary('argv')}`], {
      machine,
      cwd: pathFromText(work),
      environment: { PATH: '/usr/bin:/bin', HOME: home, MY_TOKEN: canary('environment') },
      streams: { stdin: 'ignore', stdout: 'discard', stderr: 'discard' },
    });
    expect(trace.exit.code).toBe(0);
    const output = join(folder, 'environment.yml');
    await capture({ traces: [trace], machine, output, options: { repack: 'none' } });
    const parts = [await readFile(output)];
    for (const entry of await readdir(join(folder, 'environment.d'), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const bytes = await readFile(join(entry.parentPath, entry.name));
      parts.push(entry.name.endsWith('.gz') ? gunzipSync(bytes) : bytes);
    }
    expect(
      Buffer.concat(parts)
        .toString('latin1')
        .match(/canary-[a-z]+/g),
    ).toBeNull();
    const { manifest } = await readSpecification(output);
    expect(manifest.runs[0]?.masked).toBe(true);
    expect(manifest.runs[0]?.inputs.map(({ path }) => path)).toEqual([join(work, 'plain.txt')]);
    expect(manifest.files.filter(({ sha256 }) => sha256).map(({ path }) => path)).toEqual([join(work, 'run.sh')]);
  } finally {
    await rm(folder, { recursive: true });
  }
});
