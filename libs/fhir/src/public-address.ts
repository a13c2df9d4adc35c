import { BlockList, isIP } from 'node:net';

/**
 * What the internet does not route, or routes back to us. https://www.iana.org/assignments/iana-ipv4-special-registry and
 * https://www.iana.org/assignments/iana-ipv6-special-registry
 */
const special = new BlockList();
const specialV4 = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
  ...['224.0.0.0/4', '240.0.0.0/4'],
  // Routed as if it were public: where machines of one cloud ask about themselves.
  '168.63.129.16/32',
];
/** Within 2000::/3, outside of which nothing is public: mapped and translated IPv4, link-local, unique local, multicast. */
const specialV6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];
for (const net of specialV4) add(net, 'ipv4');
for (const net of specialV6) add(net, 'ipv6');
const globalV6 = new BlockList();
globalV6.addSubnet('2000::', 3, 'ipv6');

/** Whether an IP address, without brackets, is one that the whole internet reaches. */
export function isPublicAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return !special.check(address, 'ipv4');
    case 6:
      return !address.includes('%') && globalV6.check(address, 'ipv6') && !special.check(address, 'ipv6');
    default:
      return false;
  }
}

function add(net: string, family: 'ipv4' | 'ipv6'): void {
  const [address = '', length] = net.split('/');
  special.addSubnet(address, Number(length), family);
}
