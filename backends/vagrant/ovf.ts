export interface ApplianceFiles {
  /** As resources are called: nothing of it means anything in XML. */
  readonly name: string;
  /** The disk first. */
  readonly files: readonly { readonly name: string; readonly size: number }[];
  readonly gibibytes: number;
}

const envelope = 'http://schemas.dmtf.org/ovf/envelope/1';
const settings = 'http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_';
const diskFormat = 'http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized';

/** The description of a PC with one disk: https://www.dmtf.org/standards/ovf, DSP0243 1.1. */
export function describeAppliance({ name, files, gibibytes }: ApplianceFiles): string {
  const references = files.map(
    (file, at) => `<File ovf:id="file${at}" ovf:href="${file.name}" ovf:size="${file.size}"/>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<Envelope ovf:version="1.0" xml:lang="en-US" xmlns="${envelope}" xmlns:ovf="${envelope}"
  xmlns:rasd="${settings}ResourceAllocationSettingData" xmlns:vssd="${settings}VirtualSystemSettingData">
  <References>
    ${references.join('\n    ')}
  </References>
  <DiskSection>
    <Info>The disk</Info>
    <Disk ovf:capacity="${gibibytes * 2 ** 30}" ovf:diskId="disk" ovf:fileRef="file0" ovf:format="${diskFormat}"/>
  </DiskSection>
  <NetworkSection>
    <Info>The network</Info>
    <Network ovf:name="NAT"><Description>Out, and not in</Description></Network>
  </NetworkSection>
  <VirtualSystem ovf:id="${name}">
    <Info>A machine with an environment of reproman</Info>
    <Name>${name}</Name>
    <OperatingSystemSection ovf:id="96"><Info>The system</Info><Description>Debian_64</Description></OperatingSystemSection>
    <VirtualHardwareSection>
      <Info>A PC with a BIOS</Info>
      <System>
        <vssd:ElementName>Virtual Hardware Family</vssd:ElementName>
        <vssd:InstanceID>0</vssd:InstanceID>
        <vssd:VirtualSystemIdentifier>${name}</vssd:VirtualSystemIdentifier>
        <vssd:VirtualSystemType>virtualbox-2.2</vssd:VirtualSystemType>
      </System>
${items.map(item).join('\n')}
    </VirtualHardwareSection>
  </VirtualSystem>
</Envelope>
`;
}

/** Kinds of devices by the numbers of CIM_ResourceAllocationSettingData; members in the order of their names, as it asks. */
const items: readonly Readonly<Record<string, string | number>>[] = [
  { ElementName: '1 virtual CPU', InstanceID: 1, ResourceType: 3, VirtualQuantity: 1 },
  {
    AllocationUnits: 'MegaBytes',
    ElementName: '1024 MB of memory',
    InstanceID: 2,
    ResourceType: 4,
    VirtualQuantity: 1024,
  },
  { Address: 0, ElementName: 'ideController0', InstanceID: 3, ResourceSubType: 'PIIX4', ResourceType: 5 },
  { AddressOnParent: 0, ElementName: 'disk', HostResource: '/disk/disk', InstanceID: 4, Parent: 3, ResourceType: 17 },
  {
    ...{ AutomaticAllocation: 'true', Connection: 'NAT', ElementName: 'network', InstanceID: 5 },
    ...{ ResourceSubType: 'E1000', ResourceType: 10 },
  },
];

function item(members: Readonly<Record<string, string | number>>): string {
  const lines = Object.entries(members).map(([name, value]) => `        <rasd:${name}>${value}</rasd:${name}>`);
  return ['      <Item>', ...lines, '      </Item>'].join('\n');
}
