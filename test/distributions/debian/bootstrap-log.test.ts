import { Readable } from 'node:stream';
import { expect, it } from 'vitest';
import { MmdebstrapLog } from '../../../src/distributions/debian/bootstrap-log.js';
import { silent } from '../../../src/model/progress.js';

it('names the package that failed in a sentence that can be read, however many packages there are', async () => {
  const log = new MmdebstrapLog(300, silent);
  const command = Array.from({ length: 300 }, (_, at) => `/var/cache/apt/archives/package-${at}_1_all.deb`).join(' ');
  await log.read(
    Readable.from([
      'dpkg: error processing package tool (--install):\n',
      ' installed tool package post-installation script subprocess returned error exit status 1\n',
      `E: setup failed: E: chroot /x dpkg --install ${command} failed\n`,
    ]),
  );
  const { message, where } = log.failure(25);
  expect(where).toBe('tool');
  expect(message).toContain('post-installation script subprocess returned error exit status 1');
  expect(message.length).toBeLessThan(500);
});
