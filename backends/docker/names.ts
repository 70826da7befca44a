/** What the container of a resource is called. */
export function containerName(resource: string): string {
  return `reproman-${resource}`;
}

/** What the container is called that a resource is built in. */
export function buildingName(resource: string): string {
  return `${containerName(resource)}-building`;
}

/** A registry's port has a colon too: the tag comes after the last. */
export function splitTag(image: string): [repo: string, tag: string] {
  const colon = image.lastIndexOf(':');
  return [image.slice(0, colon), image.slice(colon + 1)];
}
