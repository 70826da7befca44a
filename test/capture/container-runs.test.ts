import { describe, expect, it } from 'vitest';
import { containerNotes, containerRuns, identifyImages } from '../../src/capture/container-runs.js';
import type { FilePath } from '../../src/model/file-path.js';

describe('containers that a run started', () => {
  it.for([
    ['docker run debian:12 ls -la', 'docker debian:12'],
    ['docker run --rm -it -v /a:/b -e A=b --name x debian:12 run', 'docker debian:12'],
    ['/usr/bin/docker --host unix:///x container run --network=host --user 1:1 tool sh', 'docker tool'],
    [
      'podman run --rm --replace --cpus 2 -- registry.example/a/b@sha256:00 true',
      'podman registry.example/a/b@sha256:00',
    ],
    ['docker create -ti alpine', 'docker alpine'],
    ['apptainer exec --bind /a:/b --nv tool.sif python run.py', 'apptainer tool.sif'],
    ['singularity --debug run -B /x tool.simg', 'singularity tool.simg'],
    ['apptainer instance start --writable-tmpfs tool.sif name', 'apptainer tool.sif'],
    ['docker ps -a', undefined],
    ['docker build -t run .', undefined],
    ['docker run', undefined],
    ['apptainer build tool.sif tool.def', undefined],
    ['rundocker run x', undefined],
  ] as const)('%s', ([command, expected]) => {
    const [found] = containerRuns([{ argv: command.split(' ') }]);
    expect(found && `${found.engine} ${found.image}`).toBe(expected);
  });

  it('are known by what a process was before, and where it was', () => {
    const argv = ['Apptainer runtime parent'];
    const earlier = [['apptainer', 'exec', 'tools/a.sif', 'true']];
    const image = { engine: 'apptainer', image: 'tools/a.sif', file: '/work/tools/a.sif' };
    expect(containerRuns([{ argv, earlier, cwd: '/work' as FilePath }])).toEqual([image]);
    expect(containerRuns([{ argv: ['apptainer', 'run', 'docker://debian:12'] }])).toEqual([
      { engine: 'apptainer', image: 'docker://debian:12' },
    ]);
  });

  it('are told once for each image', () => {
    const argv = ['docker', 'run', 'debian:12'];
    expect(containerRuns([{ argv }, { argv: [...argv, 'ls'] }, { argv: ['true'] }])).toHaveLength(1);
  });

  it('have the ids and digests that the engine tells, asked once', async () => {
    const asked: (readonly string[])[] = [];
    const images = [{ Id: 'sha256:aa', RepoTags: ['b:latest'], RepoDigests: ['b@sha256:bb'] }];
    const run = async (argv: readonly string[]) => {
      asked.push(argv);
      const stderr = 'Error: No such image: a:1\n';
      return { code: 1, signal: null, stdout: JSON.stringify(images), stderr } as never;
    };
    const runs = containerRuns([{ argv: ['docker', 'run', 'a:1'] }, { argv: ['docker', 'run', 'b'] }]);
    const identified = await identifyImages(runs, { run });
    expect(asked).toEqual([['docker', 'image', 'inspect', '--', 'a:1', 'b']]);
    expect(identified).toEqual([
      { engine: 'docker', image: 'a:1', unidentified: 'Error: No such image: a:1' },
      { engine: 'docker', image: 'b', id: 'sha256:aa', digests: ['b@sha256:bb'] },
    ]);
    expect(containerNotes(identified)[1]).toContain('of the image b, which is b@sha256:bb: what happened inside');
  });

  it('stay as they were named where no engine answers, and say so', async () => {
    const runs = containerRuns([{ argv: ['docker', 'run', 'a'] }]);
    const identified = await identifyImages(runs, { run: () => Promise.reject(new Error('it is not on its PATH')) });
    expect(containerNotes(identified)).toEqual([
      expect.stringMatching(/of the image a: .* docker did not say which image that is \(it is not on its PATH\)\.$/),
    ]);
    expect(await identifyImages(runs, undefined)).toEqual(runs);
  });

  it('are not asked for any more once the trace is stopped', async () => {
    const runs = containerRuns([{ argv: ['docker', 'run', 'a'] }]);
    const run = () => Promise.reject(new Error('stopped'));
    await expect(identifyImages(runs, { run }, AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop');
  });
});
