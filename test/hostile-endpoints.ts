/** An address that a subscriber might name to make Ginnel speak to the machines beside it. */
export interface HostileEndpoint {
  endpoint: string;
  /** What its name leads to, where it is a name that resolves: first when it is created, then when it is called. */
  addresses?: readonly [readonly string[], readonly string[]];
}

const publicAddress = '93.184.215.14';
const internal = [
  ...['127.0.0.1', '127.8.8.8', '127.255.255.254', '10.0.0.1', '10.255.255.254', '172.16.0.1', '172.31.255.254'],
  ...['192.168.1.1', '169.254.169.254', '169.254.170.2', '100.64.0.1', '100.100.100.200', '0.0.0.0', '0.1.2.3'],
  ...['192.0.0.192', '192.0.2.1', '198.18.0.1', '198.51.100.7', '203.0.113.9', '224.0.0.1', '240.0.0.1'],
  ...['255.255.255.255', '168.63.129.16', '192.88.99.1'],
];
const internalV6 = [
  ...['::1', '::', '0:0:0:0:0:0:0:1', 'fe80::1', 'febf::1', 'fec0::1', 'fc00::1', 'fd00:ec2::254', 'ff02::1'],
  ...['2001:db8::1', '3fff::1', '100::1', '5f00::1', '2001:0:53aa:64c:0:fbff:80ff:fffe', '2001:10::1'],
];
const names = [
  ...['localhost', 'LOCALHOST', 'localhost.', 'ｌｏｃａｌｈｏｓｔ', 'app.localhost', 'localhost.localdomain.local'],
  ...['postgres', 'nats', 'referral', 'metadata', 'metadata.google.internal', 'instance-data.ec2.internal'],
  ...['kubernetes.default.svc.cluster.local', 'printer.local', 'router.home.arpa', 'box.lan', 'wiki.intranet'],
];

/** More than 500, the same each time. @param port where somebody listens on loopback */
export function hostileEndpoints(port: number): HostileEndpoint[] {
  const at = String(port);
  const hosts = [
    ...internal.flatMap(notationsOf),
    ...internalV6.map((address) => `[${address}]`),
    ...internalV6.map((address) => `[${address.toUpperCase()}]`),
    ...names,
  ];
  return [
    ...hosts.map((host, index) => ({ endpoint: `https://${host}${index % 2 === 0 ? '' : `:${at}`}/hook` })),
    ...internal.map((address) => ({ endpoint: `https://example.org@${address}:${at}/` })),
    ...odd(at).map((endpoint) => ({ endpoint })),
    ...internal.map((address, index) => resolving(`inside-${String(index)}.example`, [address], [address])),
    ...internal.map((address, index) => resolving(`rebinds-${String(index)}.example`, [publicAddress], [address])),
    ...internal.map((address, index) =>
      resolving(`both-${String(index)}.example`, [publicAddress], [publicAddress, address]),
    ),
    ...internalV6.map((address, index) => resolving(`six-${String(index)}.example`, [publicAddress], [address])),
    ...internal.map((address) => resolving(`${address}.nip.example`, [address], [address])),
  ];

  function resolving(host: string, first: readonly string[], then: readonly string[]): HostileEndpoint {
    return { endpoint: `https://${host}:${at}/hook`, addresses: [first, then] };
  }
}

/** One IPv4 address as URLs may write it. */
function notationsOf(address: string): string[] {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  const whole = ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
  const hex = whole.toString(16).padStart(8, '0');
  const [high, low] = [hex.slice(0, 4), hex.slice(4)];
  return [
    address,
    `${address}.`,
    String(whole),
    `0x${hex}`,
    `0${whole.toString(8)}`,
    [a, b, c, d].map((part) => `0${part.toString(8)}`).join('.'),
    [a, b, c, d].map((part) => `0x${part.toString(16)}`).join('.'),
    `${String(a)}.${String((b << 16) | (c << 8) | d)}`,
    `${String(a)}.${String(b)}.${String((c << 8) | d)}`,
    `0x${a.toString(16)}.${String(b)}.0${((c << 8) | d).toString(8)}`,
    Array.from(address, (one) => (one === '.' ? '。' : String.fromCharCode(one.charCodeAt(0) + 0xfee0))).join(''),
    Array.from(address, (one) => `%${one.charCodeAt(0).toString(16)}`).join(''),
    `[::ffff:${address}]`,
    `[::ffff:${high}:${low}]`,
    `[::${address}]`,
    `[2002:${high}:${low}::1]`,
    `[64:ff9b::${address}]`,
    `[64:ff9b:1::${high}:${low}]`,
    `[fe80::5efe:${address}]`,
  ];
}

/** No address at all, another scheme, a port of something else. */
function odd(port: string): string[] {
  return [
    ...['http', 'ftp', 'gopher', 'file', 'ws', 'ldap', 'dict', 'HTTP'].map(
      (scheme) => `${scheme}://127.0.0.1:${port}/`,
    ),
    ...['http://example.org/hook', 'file:///etc/passwd', 'javascript:alert(1)', 'data:text/plain,x', '//127.0.0.1/'],
    ...[
      `https:127.0.0.1:${port}/`,
      `https:/127.0.0.1:${port}/`,
      `https:\\\\127.0.0.1:${port}\\`,
      'https:///127.0.0.1/',
    ],
    ...[`https://127.0.0.1:${port}\r\nX: 1/`, ` https://127.0.0.1:${port}/`, `https://127.0.0.1\t:${port}/`, ''],
    ...[0, 21, 22, 23, 25, 53, 110, 111, 135, 139, 445, 512, 631, 873, 993].map(
      (other) => `https://example.org:${String(other)}/`,
    ),
    ...['https://user@example.org/', 'https://user:secret@example.org/', 'https://example.org/#fragment'],
    ...[
      `https://[fe80::1%25eth0]:${port}/`,
      'https://[::1',
      'https://example.org:99999/',
      `https://127.0.0.1%00.example.org:${port}/`,
    ],
  ];
}
