import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { parse } from 'yaml';
import { place } from '../support/loop.js';
import { needs } from '../support/needs.js';
import { must } from '../support/run.js';

beforeEach(needs({ root: true, docker: true, archive: true, programs: ['busybox'] }));

const image = 'reproman-test-container-runs:1';
const host = place('host');
afterAll(async () => {
  await host[Symbol.asyncDispose]();
  await must(['sh', '-c', `docker image rm ${image} >/dev/null 2>&1 || true`]);
});

it('names the image of a container that a traced command started by its digest, and says what is not traced', async () => {
  const { work } = await host.cli();
  await must([
    'sh',
    '-c',
    `mkdir -p "$1/bin" && cp "$(command -v busybox)" "$1/bin/busybox"`,
    'sh',
    join(work, 'root'),
  ]);
  await must(['sh', '-c', `tar -C "$1" -c . | docker import - ${image}`, 'sh', join(work, 'root')]);
  const id = await must(['docker', 'image', 'inspect', '--format', '{{.Id}}', image]);
  const command = ['docker', 'run', '--rm', '--network', 'none', image, '/bin/busybox', 'echo', 'inside'];
  const traced = await host.trace({ name: 'container-run', files: {}, command });
  const { runs } = parse(readFileSync(traced.spec, 'utf8')) as { runs: { containers?: unknown }[] };
  expect(runs[0]?.containers).toEqual([{ engine: 'docker', image, id: id.trim() }]);
  expect(traced.result.stderr).toContain('what happened inside was not traced');
});
