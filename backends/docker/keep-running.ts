import type Docker from 'dockerode';
import { ifThere, statusOf } from '../../src/machines/engine/index.js';

/**
 * A program that waits, by which a container is in use until it is stopped: who leaves it last finds it busy. It ends
 * with the container, so that nothing need be remembered of it. The last word is what it is known by.
 */
const waiting = ['sh', '-c', 'while :; do sleep 86400; done', 'reproman-start'] as const;

/** Starts a container for as long as nobody stops it. */
export async function keepRunning(engine: Docker, container: Docker.Container): Promise<void> {
  await startContainer(container);
  if (await isKept(engine, container)) return;
  const exec = await container.exec({ Cmd: [...waiting], User: '0:0', WorkingDir: '/' });
  // An answer that nobody reads would keep its connection, and us with it.
  (await exec.start({ Detach: true })).resume();
}

/** Quiet where it runs already. */
export async function startContainer(container: Docker.Container): Promise<void> {
  await container.start().catch((error: unknown) => {
    if (statusOf(error) !== 304) throw error;
  });
}

/** Ends whatever runs in it; quiet where it is stopped or gone. */
export async function stopContainer(container: Docker.Container): Promise<void> {
  await container.stop({ t: 5 }).catch((error: unknown) => {
    if (statusOf(error) !== 304 && statusOf(error) !== 404) throw error;
  });
}

async function isKept(engine: Docker, container: Docker.Container): Promise<boolean> {
  const { ExecIDs: ids } = await container.inspect();
  const found = await Promise.all((ids ?? []).map((id) => ifThere(engine.getExec(id).inspect({}))));
  return found.some((exec) => exec?.Running === true && exec.ProcessConfig.arguments.at(-1) === waiting.at(-1));
}
