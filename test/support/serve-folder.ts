import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A folder on the loopback, served by a program of its own: others may ask while this one waits for them. */
export async function serveFolder(folder: string): Promise<AsyncDisposable & { readonly url: string }> {
  const argv = ['-u', '-m', 'http.server', '--bind', '127.0.0.1', '--directory', folder, '0'];
  const server = spawn('/usr/bin/python3', argv, { stdio: ['ignore', 'pipe', 'ignore'] });
  let said = '';
  for await (const chunk of server.stdout.iterator({ destroyOnReturn: false })) {
    said += String(chunk);
    if (said.includes('\n')) break;
  }
  const port = / port (\d+) /.exec(said)?.[1];
  if (port === undefined) throw new Error(`no folder is served: ${said}`);
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      const gone = once(server, 'exit');
      server.kill();
      await gone;
    },
  };
}
