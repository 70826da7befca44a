import { afterAll, beforeEach, expect, it } from 'vitest';
import { freshCli } from '../support/cli.js';
import { pipeline, python } from '../support/inputs.js';
import { type Place, place, rebuild } from '../support/loop.js';
import { needs } from '../support/needs.js';
import { must } from '../support/run.js';
import { type OrdinaryUser, ordinaryUser } from '../support/users.js';
import { withoutNamespaces } from '../support/without-namespaces.js';

const programs = ['strace', 'mmdebstrap', 'newuidmap', 'jq', '/usr/bin/python3', 'setpriv', 'useradd'];
beforeEach(needs({ root: true, archive: true, programs }));

let theirs: Promise<{ readonly user: OrdinaryUser; readonly host: Place }> | undefined;

async function ofUser() {
  theirs ??= ordinaryUser().then((user) => ({ user, host: place('host', { user }) }));
  return theirs;
}

afterAll(async () => {
  const made = await theirs;
  await made?.host[Symbol.asyncDispose]();
  await made?.user[Symbol.asyncDispose]();
});

it.each([
  ['jq and sort', pipeline],
  ['Python with sqlite3, json and xml', python],
])('traced and rebuilt by an ordinary user with a private home: %s', async (_title, input) => {
  const { host, user } = await ofUser();
  const traced = await host.trace(input);
  expect(await must(['stat', '-c', '%u %a', user.home])).toBe(`${user.uid} 700\n`);
  expect(await must(['stat', '-c', '%u', traced.spec])).toBe(`${user.uid}\n`);
  await using rebuilt = await rebuild(traced, 'rootfs');
  expect(rebuilt.proof.ok).toBe(true);
});

it('names the command that adds subordinate ids where there are none, nor namespaces to do without', async () => {
  const { host, user } = await ofUser();
  const { spec } = await host.trace(pipeline);
  await must(['usermod', '--del-subuids', '0-4294967294', '--del-subgids', '0-4294967294', user.name]);
  await using cli = await freshCli({ user: { ...user, become: [...withoutNamespaces, ...user.become] } });
  const { stderr } = await cli.must(['create', '--name', 'none', spec], { code: 3 });
  expect(stderr).toMatch(new RegExp(`usermod --add-subuids .*${user.name}`));
});
