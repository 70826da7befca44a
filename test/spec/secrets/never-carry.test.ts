import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pathFromText } from '../../../src/model/file-path.js';
import { loadNeverCarry, parseNeverCarry } from '../../../src/spec/secrets/never-carry.js';

const never = await loadNeverCarry({ XDG_CONFIG_HOME: '/nonexistent' });

describe('the never-carry rules', () => {
  it.each([
    ['/root/.ssh/id_ed25519', 'ssh-key'],
    ['/etc/ssh/ssh_host_rsa_key', 'ssh-key'],
    ['/home/ada/.netrc', 'credentials-file'],
    ['/srv/project/.npmrc', 'credentials-file'],
    ['/home/ada/.docker/config.json', 'credentials-file'],
    ['/home/ada/.aws/credentials', 'credentials-file'],
    ['/home/ada/project/.env', 'environment-file'],
    ['/home/ada/project/.env.production', 'environment-file'],
    ['/etc/shadow', 'password-database'],
    ['/etc/gshadow-', 'password-database'],
    ['/home/ada/.gnupg/private-keys-v1.d/a.key', 'keyring'],
    ['/home/ada/.mozilla/firefox/p/cookies.sqlite', 'browser-profile'],
    ['/home/ada/.bash_history', 'history'],
    ['/home/ada/.python_history', 'history'],
  ])('keep %s out by its name', (path, rule) => {
    expect(never.byPath(pathFromText(path))?.rule).toBe(rule);
  });

  it.each([
    '/etc/passwd',
    '/home/ada/.bashrc',
    '/usr/bin/env',
    '/home/ada/environment.py',
    '/opt/x/config.json',
    '/home/ada/ssh/id',
  ])('let %s through', (path) => {
    expect(never.byPath(pathFromText(path))).toBeUndefined();
  });

  it.each<[string, string | undefined, boolean]>([
    ['-----BEGIN RSA PRIVATE KEY-----\nMII\n', 'private-key', true],
    ['{"key": "-----BEGIN PRIVATE KEY-----\\nMII"}', 'private-key', true],
    ['-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nabc', 'private-key', true],
    [`{"crv":"P-256","d":"${'aB3_'.repeat(10)}","kty":"EC","x":"q"}`, 'private-key', false],
    [`{"kty": "EC", "d": "${'aB3_'.repeat(10)}"}`, 'private-key', false],
    [`{"kty": "EC", "x": "${'aB3_'.repeat(10)}", "y": "q"}`, undefined, true],
    ['PuTTY-User-Key-File-2: ssh-rsa', 'private-key', true],
    ['MARKER = "-----BEGIN RSA PRIVATE KEY-----"', undefined, true],
    ['-----BEGIN CERTIFICATE-----\nMII\n', undefined, true],
    [`token = "ghp_${'a1'.repeat(18)}"`, 'token', false],
    ['//registry.example/:_authToken=abcdef', 'token', false],
    ['//registry.example/:_authToken=$' + '{NPM_TOKEN}', undefined, true],
    ['aws_secret_access_key = wJalrXUtnFEMIK7MDENGbPxRfiCYzzzzzzzzzzzz', 'token', false],
    ['url = https://ada:hunter2@git.example/x', 'url-credentials', false],
    ['url = https://git.example/x', undefined, true],
    ['proxy = "http://user:password@proxy"', undefined, true],
    ['format("http://{}:{}@{}", a, b, c)', undefined, true],
  ])('judge the content %j as %s', (content, rule, alsoInTree) => {
    const path = pathFromText('/home/ada/file');
    expect(never.byContent(path, Buffer.from(content), false)?.rule).toBe(rule);
    expect(never.byContent(path, Buffer.from(content), true)?.rule).toBe(alsoInTree ? rule : undefined);
  });

  it("are the user's own where there are such", async () => {
    const folder = await mkdtemp(join(tmpdir(), 'reproman-rules-'));
    try {
      await mkdir(join(folder, 'reproman'));
      const rules = 'version: 1\nrules:\n  - { rule: mine, why: it is mine, paths: [diary.txt] }\n';
      await writeFile(join(folder, 'reproman', 'never-carry.yml'), rules);
      const own = await loadNeverCarry({ XDG_CONFIG_HOME: folder });
      expect(own.byPath(pathFromText('/home/ada/diary.txt'))).toEqual({ rule: 'mine', why: 'it is mine' });
      expect(own.byPath(pathFromText('/home/ada/.netrc'))).toBeUndefined();
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('say what is wrong with them', () => {
    expect(() => parseNeverCarry('version: 1\nrules: [{ rule: a, why: b }]\n', 'rules.yml')).toThrow(
      'paths or contents',
    );
    const text = 'version: 1\nrules: [{ rule: a, why: b, contents: ["("] }]\n';
    expect(() => parseNeverCarry(text, 'rules.yml')).toThrow('not a regular expression: (');
  });
});
