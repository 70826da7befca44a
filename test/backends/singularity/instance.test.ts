import { describe, expect, it } from 'vitest';
import { type InstanceRequest, parseInstances, startArguments } from '../../../backends/singularity/instance.js';
import { pathFromText } from '../../../src/model/file-path.js';

const request: InstanceRequest = {
  image: '/srv/environment.sif',
  writable: false,
  fakeroot: true,
  network: true,
  nv: false,
  hostFiles: [],
};

/** The value of each option in a list of arguments. */
function valuesOf(option: string, argv: readonly string[]): string[] {
  return argv.flatMap((each, index) => (each === option ? [argv[index + 1] ?? ''] : []));
}

describe('starting an instance', () => {
  it('shows nothing of the host, and lets what programs change go with it', () => {
    const argv = startArguments(request);
    expect(argv).toEqual(expect.arrayContaining(['--containall', '--no-home', '--fakeroot']));
    expect(valuesOf('--no-mount', argv)).toEqual(['tmp,bind-paths']);
    expect(valuesOf('--bind', argv)).toEqual(['run:/run']);
    expect(valuesOf('--overlay', argv)).toEqual(['overlay']);
    expect(argv).not.toContain('--writable');
    expect(argv.slice(-2)[0]).toBe('/srv/environment.sif');
  });

  it.each([
    ['a network of its own', { network: false }, ['--net', '--network', 'none']],
    ['the image itself to change', { writable: true }, ['--writable']],
    ['the graphics driver', { nv: true }, ['--nv']],
  ])('gives it %s only where that is asked for', (_, change, flags) => {
    for (const flag of flags) {
      expect(startArguments({ ...request, ...change })).toContain(flag);
      expect(startArguments(request)).not.toContain(flag);
    }
  });

  it('does not become root of what root runs', () => {
    expect(startArguments({ ...request, fakeroot: false })).not.toContain('--fakeroot');
  });

  it('shows files of the host read-only, whatever their names are, and devices as they are', () => {
    const file = (source: string, type: 'file' | 'device') => ({
      source: pathFromText(source),
      target: pathFromText('/opt/x'),
      type,
    });
    const argv = startArguments({ ...request, hostFiles: [file('/a:b, "c"', 'file'), file('/dev/nvidia0', 'device')] });
    expect(valuesOf('--mount', argv)).toEqual([
      'type=bind,"source=/a:b, ""c""",destination=/opt/x,ro',
      'type=bind,source=/dev/nvidia0,destination=/opt/x',
    ]);
  });
});

describe('the instances that the engine lists', () => {
  it('are told by their names', () => {
    const listed = { instance: 'one', pid: 17, img: '/x.sif', ip: '', logErrPath: '/e', logOutPath: '/o' };
    expect(parseInstances(JSON.stringify({ instances: [listed] }))).toEqual(new Map([['one', 17]]));
  });

  it.each(['{"instances":[]}', '{"instances":null}'])('may be none: %s', (json) => {
    expect(parseInstances(json)).toEqual(new Map());
  });
});
