import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './ports.js';

/** A registry of container images on this machine, which engines trust without TLS as it is on loopback. */
export interface Registry extends AsyncDisposable {
  /** Such as `127.0.0.1:40123`. */
  readonly address: string;
}

/** Starts Debian's docker-registry; disposing ends it with all that it keeps. */
export async function startRegistry(): Promise<Registry> {
  const folder = mkdtempSync(join(tmpdir(), 'reproman-registry-'));
  const address = `127.0.0.1:${await freePort()}`;
  const config = { version: '0.1', storage: { filesystem: { rootdirectory: folder } }, http: { addr: address } };
  const file = join(folder, 'config.yml');
  // JSON is YAML.
  writeFileSync(file, JSON.stringify(config));
  const registry = spawn('docker-registry', ['serve', file], { stdio: 'ignore' });
  const ended = once(registry, 'exit');
  for (let tries = 0; tries < 100; tries++) {
    if (
      await fetch(`http://${address}/v2/`).then(
        ({ ok }) => ok,
        () => false,
      )
    )
      break;
    await delay(100);
  }
  return {
    address,
    async [Symbol.asyncDispose]() {
      registry.kill();
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}
