import type { SourceFacts } from '../../sources/facts.js';

/** What container-diff lists of an image's configuration: 21 lines, in its order. */
export function metadataLines({ image = { layers: [] }, environment = {} }: SourceFacts): string[] {
  const { configuration: said = {}, entrypoint = [], command = [], labels = {} } = image;
  const line = (title: string, value: string) => `${title}: ${value}`;
  const text = (name: string) => String(said[name] ?? '');
  const flag = (name: string) => line(name, String(said[name] === true));
  const listed = (values: string | true | readonly string[] = []) => [values].flat().join(',');
  // The value of a member of a set is nothing, which Go writes so.
  const set = (name: string) => [said[name] ?? []].flat().map((member) => `${member}:{}`);
  return [
    line('Domainname', text('Domainname')),
    line('User', text('User')),
    ...['AttachStdin', 'AttachStdout', 'AttachStderr'].map(flag),
    line('ExposedPorts', set('ExposedPorts').join(' ')),
    ...['Tty', 'OpenStdin', 'StdinOnce'].map(flag),
    line('Env', listed(Object.entries(environment).map(([name, value]) => `${name}=${value}`))),
    line('Cmd', listed(command)),
    flag('ArgsEscaped'),
    line('Volumes', set('Volumes').join(' ')),
    line('Workdir', text('WorkingDir')),
    line('Entrypoint', listed(entrypoint)),
    flag('NetworkDisabled'),
    line('MacAddress', text('MacAddress')),
    line('OnBuild', listed(said['OnBuild'])),
    line(
      'Labels',
      Object.entries(labels)
        .map(([name, value]) => `${name}:${value}`)
        .sort()
        .join(' '),
    ),
    line('StopSignal', text('StopSignal')),
    line('Shell', listed(said['Shell'])),
  ];
}
