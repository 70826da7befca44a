import { type FileHandle, open } from 'node:fs/promises';
import { type FilePath, pathToBytes } from '../model/file-path.js';
import type { StreamChoice } from '../tracing/tracer.js';

/** The three standard streams of a run. */
export interface ChosenStreams {
  readonly stdin: StreamChoice;
  readonly stdout: StreamChoice;
  readonly stderr: StreamChoice;
}

/** Opens files of ours as a shell does: the command may run where there are none such, so it gets descriptors. */
export async function openStreams(
  chosen: ChosenStreams,
): Promise<AsyncDisposable & { readonly streams: ChosenStreams }> {
  const files = new Map<FilePath, FileHandle>();
  const close = async () => {
    for (const file of files.values()) await file.close();
  };
  const opened = async (choice: StreamChoice, flags: 'r' | 'a'): Promise<StreamChoice> => {
    if (typeof choice !== 'object') return choice;
    const file = files.get(choice.path) ?? (await open(pathToBytes(choice.path), flags));
    files.set(choice.path, file);
    return { ...choice, descriptor: file.fd };
  };
  try {
    const stdin = await opened(chosen.stdin, 'r');
    const stdout = await opened(chosen.stdout, 'a');
    const stderr = await opened(chosen.stderr, 'a');
    return { streams: { stdin, stdout, stderr }, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}
