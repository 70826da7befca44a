/** What an image of a resource is called: the resource's name where an image may be called so. */
export function defaultImage(name: string): string {
  const component = name
    .replaceAll(/[^a-z0-9]+/g, (gap) => (/^(?:\.|__?|-+)$/.test(gap) ? gap : '-'))
    .replace(/[._-]+$/, '');
  return `reproman/${component}:latest`;
}
