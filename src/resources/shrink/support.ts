import type { FilePath } from '../../model/file-path.js';
import { chooseTracer } from '../../tracing/registry.js';
import type { Placed } from '../place.js';

/** What is run in an environment to put files there, read them, and keep it going: nothing that a run needs. */
const tools = [
  ...['sh', 'tar', 'cat', 'xargs', 'env', 'sleep', 'find', 'stat', 'sha256sum', 'readlink', 'du'],
  ...['mkdir', 'chmod', 'rm', 'head', 'id', 'true', 'test'],
];

const script = 'for tool; do "$tool" --version; done';

/** The files that these tools use themselves; of those that are not there, nothing. */
export async function supportFiles(
  { resource, backend, host }: Placed,
  warn: (message: string) => void,
  signal: AbortSignal,
): Promise<FilePath[]> {
  await using machine = await backend.connectCopy(resource, host, { network: false, signal });
  const tracer = await chooseTracer(machine, { warn });
  const { accesses } = await tracer.trace(['sh', '-c', script, 'sh', ...tools], {
    ...{ machine, cwd: '/' as FilePath, environment: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }, signal },
    streams: { stdin: 'ignore', stdout: 'discard', stderr: 'discard' },
  });
  return accesses.map(({ path }) => path);
}
