import { isPublicAddress } from './public-address.js';

describe('an address that the whole internet reaches', () => {
  it.each([
    '1.1.1.1',
    '93.184.216.34',
    '172.15.255.255',
    '172.32.0.1',
    '100.128.0.1',
    '2606:4700:4700::1111',
    '2a00:1450::1',
  ])('is %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each([
    ['this host', '0.0.0.0'],
    ['a private network', '10.0.0.1'],
    ['a private network', '172.16.0.1'],
    ['a private network', '172.31.255.255'],
    ['a private network', '192.168.1.1'],
    ['a carrier network', '100.64.0.1'],
    ['a loopback address', '127.0.0.1'],
    ['a loopback address', '127.255.255.254'],
    ["a cloud's metadata service", '169.254.169.254'],
    ['a documentation network', '192.0.2.1'],
    ['a benchmark network', '198.19.0.1'],
    ["a cloud's metadata service", '168.63.129.16'],
    ['a multicast group', '224.0.0.1'],
    ['a broadcast address', '255.255.255.255'],
    ['nothing', '::'],
    ['a loopback address', '::1'],
    ['a mapped private address', '::ffff:10.0.0.1'],
    ['a mapped private address', '::ffff:a00:1'],
    ['a mapped public address', '::ffff:1.1.1.1'],
    ['a translated private address', '64:ff9b::a00:1'],
    ['a tunnel into a private network', '2002:a00:1::1'],
    ['a Teredo tunnel', '2001:0:a00:1::1'],
    ['a documentation network', '2001:db8::1'],
    ['a unique local address', 'fd00::1'],
    ['a link-local address', 'fe80::1'],
    ['a link-local address with its zone', 'fe80::1%eth0'],
    ['a multicast group', 'ff02::1'],
    ['a host name', 'example.org'],
    ['an empty text', ''],
  ])('is not %s: %s', (_what, address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});
