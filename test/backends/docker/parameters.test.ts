import { describe, expect, it } from 'vitest';
import { checkEngine, engineAddress } from '../../../backends/docker/engine.js';
import { docker } from '../../../backends/docker/index.js';
import { defaultImage, dockerParameters } from '../../../backends/docker/parameters.js';
import { backendOf, parseParameters } from '../../../src/resources/backend-of.js';

describe('docker parameters', () => {
  it.each([
    ['analysis', 'reproman/analysis:latest'],
    ['a.b-c_d', 'reproman/a.b-c_d:latest'],
    ['a..b', 'reproman/a-b:latest'],
    ['a_-', 'reproman/a:latest'],
  ])('calls the image of %s %s', (name, image) => {
    expect(defaultImage(name)).toBe(image);
    expect(dockerParameters.safeParse({ image }).success).toBe(true);
  });

  it.each(['lab/x', 'Lab/x:1', 'x:1; rm', '-x:1', 'x:'])('refuses the image %j', (image) => {
    expect(() => parseParameters(docker, { image })).toThrow('an image with its tag');
  });

  it('says what was meant by a mistyped parameter or backend', async () => {
    expect(() => parseParameters(docker, { imgae: 'x:1' })).toThrow(
      expect.objectContaining({ remedy: "did you mean 'image'?" }),
    );
    await expect(backendOf('dokcer')).rejects.toMatchObject({ remedy: "did you mean 'docker'?" });
  });
});

describe('engine', () => {
  it('is where it is asked for, else where the environment says', () => {
    expect(engineAddress('unix:///a', { DOCKER_HOST: 'unix:///b' })).toBe('unix:///a');
    expect(engineAddress(undefined, { DOCKER_HOST: 'unix:///b' })).toBe('unix:///b');
    expect(engineAddress(undefined, {})).toBe('unix:///var/run/docker.sock');
  });

  it('says what to do where none answers', async () => {
    expect(await checkEngine('unix:///nowhere/docker.sock')).toMatchObject({
      ready: false,
      missing: 'no Docker engine answers at unix:///nowhere/docker.sock',
    });
  });
});
