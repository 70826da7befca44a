import { z } from 'zod';
import { ReproError } from '../../errors.js';

/** What is read of an image's documents; a longer one is no document. */
export const documentLimit = 16 * 1024 * 1024;

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'a SHA-256 digest');
const platform = z.object({ os: z.string(), architecture: z.string(), variant: z.string().optional() });
const texts = z.record(z.string(), z.string());

const descriptor = z.object({
  mediaType: z.string().optional(),
  digest,
  size: z.int().nonnegative(),
  annotations: texts.nullish(),
  platform: platform.nullish(),
});

export type Descriptor = z.infer<typeof descriptor>;

/** https://github.com/opencontainers/image-spec: an index names manifests, of several platforms or names. */
export const indexSchema = z.object({ manifests: z.array(descriptor).max(1000) });

/** A manifest names the configuration and the layers, the lowest first. */
export const manifestSchema = z.object({
  config: descriptor,
  layers: z.array(descriptor).max(1000),
  annotations: texts.nullish(),
});

/** A set, as Go's JSON has it: its members are the keys. */
const members = z.record(z.string(), z.unknown());

/**
 * What an image says of how it is run. https://github.com/opencontainers/image-spec/blob/main/config.md, and what engines
 * add to that: https://pkg.go.dev/github.com/google/go-containerregistry/pkg/v1#Config
 */
const runSchema = z.object({
  Env: z.array(z.string()).nullish(),
  Labels: texts.nullish(),
  Entrypoint: z.array(z.string()).nullish(),
  Cmd: z.array(z.string()).nullish(),
  User: z.string().nullish(),
  WorkingDir: z.string().nullish(),
  ExposedPorts: members.nullish(),
  Volumes: members.nullish(),
  StopSignal: z.string().nullish(),
  Shell: z.array(z.string()).nullish(),
  OnBuild: z.array(z.string()).nullish(),
  Healthcheck: z.object({ Test: z.array(z.string()).nullish() }).nullish(),
  Domainname: z.string().nullish(),
  MacAddress: z.string().nullish(),
  AttachStdin: z.boolean().nullish(),
  AttachStdout: z.boolean().nullish(),
  AttachStderr: z.boolean().nullish(),
  Tty: z.boolean().nullish(),
  OpenStdin: z.boolean().nullish(),
  StdinOnce: z.boolean().nullish(),
  ArgsEscaped: z.boolean().nullish(),
  NetworkDisabled: z.boolean().nullish(),
});

/** The configuration has the digest of each layer as it is when it is not compressed. */
export const configSchema = z.object({
  os: z.string().optional(),
  architecture: z.string().optional(),
  created: z.string().nullish(),
  config: runSchema.nullish(),
  rootfs: z.object({ diff_ids: z.array(digest).max(1000) }),
  history: z
    .array(
      z.object({
        created_by: z.string().optional(),
        comment: z.string().optional(),
        empty_layer: z.boolean().optional(),
      }),
    )
    .max(10_000)
    .nullish(),
});

export type ImageConfig = z.infer<typeof configSchema>;

/** `manifest.json` of `docker save`: https://docs.docker.com/reference/cli/docker/image/save/ */
export const savedSchema = z.array(
  z.object({
    Config: z.string(),
    RepoTags: z.array(z.string()).nullish(),
    Layers: z.array(z.string()).max(1000),
  }),
);

/** Reads one document; `where` is for messages. */
export function parseDocument<T>(schema: z.ZodType<T>, content: Uint8Array, where: string): T {
  try {
    return schema.parse(JSON.parse(Buffer.from(content).toString('utf8')));
  } catch (error) {
    const why = error instanceof z.ZodError ? z.prettifyError(error).replace(/\s+/g, ' ') : 'it is not JSON';
    throw notAnImage(where, why, error);
  }
}

export function notAnImage(where: string, why: string, cause?: unknown): ReproError {
  return new ReproError('usage', `this is no image that can be read: ${why}`, {
    where,
    remedy: 'name the folder of an OCI layout as oci:FOLDER, or the file of docker save as docker-archive:FILE',
    cause,
  });
}
