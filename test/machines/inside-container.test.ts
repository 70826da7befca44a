import { describe, expect, it } from 'vitest';
import { insideContainer } from '../../src/machines/inside-container.js';
import type { FilePath } from '../../src/model/file-path.js';

const id = 'a1b2'.repeat(16);

function signs(files: Record<string, string>): Map<FilePath, Buffer> {
  return new Map(Object.entries(files).map(([path, content]) => [path as FilePath, Buffer.from(content)]));
}

describe('a machine that is a container', () => {
  it('of Docker has its id among its mounts', () => {
    const mounts = `600 599 0:51 / / rw - overlay overlay rw\n612 600 254:1 /var/lib/docker/containers/${id}/hosts /etc/hosts rw - ext4 /dev/vda rw\n`;
    expect(insideContainer(signs({ '/.dockerenv': '', '/proc/self/mountinfo': mounts }))).toEqual({
      engine: 'docker',
      id,
    });
    expect(insideContainer(signs({ '/.dockerenv': '' }))).toEqual({ engine: 'docker' });
  });

  it('of Podman is told its image', () => {
    const told = `engine="podman-4.3.1"\nname="x"\nid="${id}"\nimage="example.org/debian:12"\nimageid="${id}"\nrootless=1\n`;
    expect(insideContainer(signs({ '/run/.containerenv': told }))).toEqual({
      ...{ engine: 'podman', image: `example.org/debian:12@${id}`, id },
    });
    expect(insideContainer(signs({ '/run/.containerenv': '' }))).toEqual({ engine: 'podman' });
  });

  it('of Apptainer is told the file of its image, else what that was made from', () => {
    const labels = '{"org.label-schema.usage.singularity.deffile.from":"debian:12"}';
    const files = signs({ '/.singularity.d/labels.json': labels });
    expect(insideContainer(files)).toEqual({ engine: 'apptainer', image: 'debian:12' });
    const environment = { APPTAINER_CONTAINER: '/data/tool.sif' };
    expect(insideContainer(files, environment)).toEqual({ engine: 'apptainer', image: '/data/tool.sif' });
  });

  it('none is where no engine left a sign', () => {
    expect(insideContainer(signs({ '/proc/self/mountinfo': '1 0 254:1 / / rw - ext4 /dev/vda rw\n' }))).toBeUndefined();
  });
});
