import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type FilePath, pathFromText, pathToBytes } from '../../../src/model/file-path.js';

/** A folder for repositories, in which the real git works with nobody's settings. */
export interface GitFolder extends Disposable {
  readonly path: FilePath;
  /** Runs git in a folder below; gives what it printed, as bytes in latin1. */
  git(folder: string, ...args: readonly string[]): string;
  run(folder: string, argv: readonly string[], input?: string | Buffer): string;
  /** Writes a file; its name may be any bytes, in latin1. */
  write(file: string, content: string | Uint8Array): void;
}

export function gitFolder(): GitFolder {
  const path = realpathSync(mkdtempSync(join(tmpdir(), 'reproman-git-')));
  const env = {
    PATH: process.env['PATH'],
    HOME: path,
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_CONFIG_COUNT: '2',
    GIT_CONFIG_KEY_0: 'protocol.file.allow',
    GIT_CONFIG_VALUE_0: 'always',
    GIT_CONFIG_KEY_1: 'init.defaultBranch',
    GIT_CONFIG_VALUE_1: 'main',
    GIT_AUTHOR_NAME: 'Ada',
    GIT_AUTHOR_EMAIL: 'ada@example.org',
    GIT_COMMITTER_NAME: 'Ada',
    GIT_COMMITTER_EMAIL: 'ada@example.org',
  };
  const run: GitFolder['run'] = (folder, [program = '', ...args], input) =>
    execFileSync(program, args, {
      cwd: join(path, folder),
      env,
      encoding: 'latin1',
      maxBuffer: 1 << 28,
      stdio: ['pipe', 'pipe', 'ignore'],
      ...(input === undefined ? {} : { input }),
    });
  return {
    path: pathFromText(path),
    run,
    git: (folder, ...args) => run(folder, ['git', ...args]),
    write(file, content) {
      const at = pathToBytes(join(path, file) as FilePath);
      mkdirSync(dirname(at.toString('latin1')), { recursive: true });
      writeFileSync(at, content);
    },
    [Symbol.dispose]() {
      rmSync(path, { recursive: true, force: true });
    },
  };
}
