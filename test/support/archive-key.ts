import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A key of an archive, made by gpg for a test. */
export interface ArchiveKey extends Disposable {
  /** Armored, as people put keys into trusted.gpg.d. */
  readonly armored: Buffer;
  readonly binary: Buffer;
  /** With what it signs, which nobody else is to have. */
  readonly secret: Buffer;
  /** A Release file with the signature around it. */
  sign(release: Buffer): Buffer;
  /** A signature beside what it is of, armored. */
  detached(content: Buffer): Buffer;
  /** Adds a signature to a package in place. */
  signRpm(file: string): void;
}

export function archiveKey(): ArchiveKey {
  const home = mkdtempSync(join(tmpdir(), 'key-'));
  const gpg = (argv: readonly string[], input?: Buffer) =>
    execFileSync('gpg', ['--batch', '--homedir', home, ...argv], { input, stdio: ['pipe', 'pipe', 'ignore'] });
  gpg(['--passphrase', '', '--quick-gen-key', 'Archive <archive@example.org>', 'ed25519', 'sign', 'never']);
  return {
    armored: gpg(['--armor', '--export']),
    binary: gpg(['--export']),
    secret: gpg(['--export-secret-keys']),
    detached: (content) => gpg(['--armor', '--detach-sign', '--output', '-'], content),
    signRpm(file) {
      const names = ['--define', `_gpg_path ${home}`, '--define', '_gpg_name archive@example.org'];
      execFileSync('rpmsign', [...names, '--define', '__gpg /usr/bin/gpg', '--addsign', file], { stdio: 'ignore' });
    },
    sign: (release) => gpg(['--clearsign', '--output', '-'], release),
    [Symbol.dispose]() {
      execFileSync('gpgconf', ['--homedir', home, '--kill', 'all']);
      rmSync(home, { recursive: true, force: true });
    },
  };
}
