import { describe, expect, it } from 'vitest';
import { pathFromText } from '../../../src/model/file-path.js';
import { loadNeverCarry } from '../../../src/spec/secrets/never-carry.js';
import { privateRule } from '../../../src/spec/secrets/private-rule.js';

const never = await loadNeverCarry({ XDG_CONFIG_HOME: '/nonexistent' });
const key = '-----BEGIN PRIVATE KEY-----\n';

describe('what is private', () => {
  it.each<[string, string, boolean, string | undefined]>([
    ['/opt/tool/lib/libssl.so.3', `\x7fELF\0${key}`, true, undefined],
    ['/opt/tool/bin/ssh', `\x7fELF\0${key}`, true, undefined],
    ['/opt/tool/lib/libssl.a', `!<arch>\n\0${key}`, true, undefined],
    ['/home/ada/own.so', `\x7fELF\0${key}`, false, 'private-key'],
    ['/opt/tool/lib/libssl.so', `INPUT(libssl.so.3)\n${key}`, true, 'private-key'],
    ['/opt/tool/lib/__pycache__/a.pyc', `\xcb\r\r\n\0${key}`, true, 'private-key'],
    ['/opt/tool/data.bin', `\0${key}`, true, 'private-key'],
    ['/opt/tool/.ssh/a.so', '\x7fELF\0', true, 'ssh-key'],
  ])('%s with %j (of a tool: %s): %s', (path, content, inTree, rule) => {
    const head = Buffer.from(content, 'latin1');
    expect(privateRule(never, pathFromText(path), head, { inTree })?.rule).toBe(rule);
  });

  it('is nothing that the user named, or that lies below what they named', () => {
    const path = pathFromText('/home/ada/.ssh/id');
    const asked = (name: string) =>
      privateRule(never, path, Buffer.from(key), { inTree: false, named: [pathFromText(name)] })?.rule;
    expect([asked('/home/ada/.ssh'), asked('/home/ada/.ssh/id'), asked('/home/ada/.ss')]).toEqual([
      undefined,
      undefined,
      'ssh-key',
    ]);
  });
});
