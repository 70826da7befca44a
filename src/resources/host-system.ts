import { join } from 'node:path';
import type { SystemMaker } from '../machines/formats/bootable-system.js';
import { silent } from '../model/progress.js';
import type { Base } from '../packaging/base-system.js';
import { planEnvironment } from '../planning/plan.js';
import { scratchFolder } from '../scratch.js';
import { readSpecification } from '../spec/read.js';
import { requestSpecification } from '../spec/request.js';
import { resolveSpecification } from '../spec/resolve.js';
import { inRoom, type RoomMaker } from './room.js';

/** Systems of packages by their names, for machines that are made for a resource and boot from one. */
export function systemsOn(base: Base, maker: RoomMaker): SystemMaker {
  const { host, progress = silent, signal } = maker.options;
  const context = { host, progress, ...(signal && { signal }) };
  return async (packages) => {
    const scratch = await scratchFolder('system');
    const dispose = () => scratch[Symbol.asyncDispose]();
    try {
      const output = join(scratch.path, 'environment.yml');
      await requestSpecification(packages, { output, on: base, ...context });
      const spec = await readSpecification(output);
      const { lock } = await resolveSpecification(spec, context);
      const { digest } = await planEnvironment(spec, lock);
      return {
        digest,
        build: (work) =>
          inRoom(`system-${digest.slice(0, 12)}`, spec, maker, async ({ resource, backend, host: below }) =>
            work(await backend.exportTree(resource, below, signal)),
          ),
        [Symbol.asyncDispose]: dispose,
      };
    } catch (error) {
      await dispose();
      throw error;
    }
  };
}
