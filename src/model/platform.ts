/** The machine below an environment: what the environment cannot carry, recorded so that a difference can be named. */
export interface Platform {
  /** `linux`. */
  readonly os: string;
  /** `uname -r`. */
  readonly kernel: string;
  /** `uname -m`, e.g. `x86_64`. */
  readonly machine: string;
  /** The processor's model name from /proc/cpuinfo. */
  readonly cpu?: string;
  /** e.g. `x86-64-v3`: see `cpuLevelOf`. */
  readonly cpuLevel?: string;
  /** e.g. `glibc 2.36`. */
  readonly libc?: string;
  readonly locale?: string;
  readonly timezone?: string;
  /** The container that the command ran in. */
  readonly container?: ContainerPlatform;
}

/** What is known, from inside, of a container. */
export interface ContainerPlatform {
  /** `docker`, `podman` or `apptainer`. */
  readonly engine: string;
  /** The name of the image, with its id where that is known; of Apptainer its file, or what it was made from. */
  readonly image?: string;
  readonly id?: string;
}
