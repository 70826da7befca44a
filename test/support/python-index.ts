import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { normalizeName } from '../../src/distributions/python/names.js';

/** A package index on the loopback. */
export interface PythonIndex extends AsyncDisposable {
  /** For `PIP_INDEX_URL`. */
  readonly url: string;
  /** Paths that were asked for. */
  readonly asked: string[];
}

/** Serves a folder of wheels as an index does: as JSON where that is accepted (PEP 691), else as HTML (PEP 503). */
export async function servePythonIndex(
  wheels: string,
  options: { readonly html?: boolean; readonly uploaded?: (file: string) => string } = {},
): Promise<PythonIndex> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    const [, project] = /^\/simple\/([^/]+)\/$/.exec(path) ?? [];
    const file = /^\/files\/([^/]+)$/.exec(path)?.[1];
    const names = readdirSync(wheels);
    if (file !== undefined && names.includes(file)) return void response.end(readFileSync(join(wheels, file)));
    const own = names.filter((name) => project !== undefined && normalizeName(name.split('-')[0] ?? '') === project);
    if (own.length === 0) return void response.writeHead(404).end();
    const sum = (name: string) =>
      createHash('sha256')
        .update(readFileSync(join(wheels, name)))
        .digest('hex');
    if (options.html) {
      const anchors = own.map(
        (name) => `<a href="../../files/${name}#sha256=${sum(name)}" data-requires-python="&gt;=3.6">${name}</a>`,
      );
      response.setHeader('content-type', 'text/html');
      return void response.end(`<!DOCTYPE html><html><body>${anchors.join('<br/>\n')}</body></html>`);
    }
    const files = own.map((name) => ({
      ...{ filename: name, url: `../../files/${name}`, hashes: { sha256: sum(name) }, 'requires-python': '>=3.6' },
      ...(options.uploaded ? { 'upload-time': options.uploaded(name) } : {}),
      ...{ yanked: false, size: readFileSync(join(wheels, name)).length },
    }));
    response.setHeader('content-type', 'application/vnd.pypi.simple.v1+json');
    response.end(JSON.stringify({ meta: { 'api-version': '1.0' }, name: project, files }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
