import { endpointIssues } from './endpoint.js';

const notHttps = 'The endpoint must be an https address.';
const notPublic = 'The endpoint must be on a host that the whole internet reaches.';
const wrongPort = 'The port of the endpoint must be 443, or 1024 and above.';
const noAddress = 'The endpoint is not an absolute https address.';
const noUser = 'No user or password may stand in the endpoint; send them in channel.header.';

function faults(endpoint: string | undefined, webhookHosts: readonly string[] = []): string[] {
  return endpointIssues(endpoint, webhookHosts).map(({ diagnostics }) => diagnostics);
}

describe('the endpoint of a rest-hook', () => {
  it.each([
    'https://example.org/hook',
    'https://hooks.example.org:8443/a/b?key=1',
    'https://EXAMPLE.org./',
    'https://1.1.1.1/hook',
    'https://[2606:4700:4700::1111]/hook',
    'https://bücher.example/hook',
    'https://example.org:443/hook',
  ])('may be %s', (endpoint) => {
    expect(faults(endpoint)).toEqual([]);
  });

  it.each([
    ['http://example.org/hook', [notHttps]],
    ['ftp://example.org/hook', [noAddress]],
    ['//example.org/hook', [noAddress]],
    ['/hook', [noAddress]],
    ['https:example.org/hook', [noAddress]],
    ['https:\\\\example.org\\hook', [noAddress]],
    ['https://example.org/a b', [noAddress]],
    ['https://exam\nple.org/', [noAddress]],
    ['https://', [noAddress]],
    ['', [noAddress]],
    [`https://example.org/${'a'.repeat(2_000)}`, [noAddress]],
    ['https://user@example.org/', [noUser]],
    ['https://user:secret@example.org/', [noUser]],
    ['https://example.org@127.0.0.1/', [noUser, notPublic]],
    ['https://example.org/#part', ['The endpoint may not have a fragment.']],
    ['https://example.org:25/', [wrongPort]],
    ['https://example.org:22/', [wrongPort]],
    ['https://example.org:0/', [wrongPort]],
    ['https://example.org:65536/', [noAddress]],
    ['https://127.0.0.1/', [notPublic]],
    ['https://127.1/', [notPublic]],
    ['https://2130706433/', [notPublic]],
    ['https://0x7f000001/', [notPublic]],
    ['https://0x7f.0.0.1/', [notPublic]],
    ['https://0177.0.0.1/', [notPublic]],
    ['https://127.0.0.1./', [notPublic]],
    ['https://１２７.０.０.１/', [notPublic]],
    ['https://①②⑦.⓪.⓪.①/', [notPublic]],
    ['https://[::1]/', [notPublic]],
    ['https://[::]/', [notPublic]],
    ['https://[::ffff:10.0.0.1]/', [notPublic]],
    ['https://[::ffff:7f00:1]/', [notPublic]],
    ['https://[fe80::1]/', [notPublic]],
    ['https://169.254.169.254/latest/meta-data', [notPublic]],
    ['https://2852039166/', [notPublic]],
    ['https://10.1.2.3/', [notPublic]],
    ['https://192.168.0.1:8443/', [notPublic]],
    ['https://0.0.0.0/', [notPublic]],
    ['https://localhost/', [notPublic]],
    ['https://LOCALHOST./', [notPublic]],
    ['https://ｌｏｃａｌｈｏｓｔ/', [notPublic]],
    ['https://app.localhost/', [notPublic]],
    ['https://postgres/', [notPublic]],
    ['https://nats.internal/', [notPublic]],
    ['http://127.0.0.1:9999/hook', [notHttps, notPublic]],
  ])('may not be %j', (endpoint, expected) => {
    expect(faults(endpoint)).toEqual(expected);
  });

  it('is required', () => {
    expect(endpointIssues(undefined, [])).toEqual([
      {
        severity: 'error',
        code: 'required',
        diagnostics: 'A rest-hook needs the address that it calls.',
        expression: ['Subscription.channel.endpoint'],
      },
    ]);
  });

  it.each(['http://127.0.0.1:9999/hook', 'http://localhost:9999/hook', 'http://LOCALHOST/', 'https://[::1]:9999/hook'])(
    'may be %s where all of loopback is vouched for',
    (endpoint) => {
      expect(faults(endpoint, ['127.0.0.1:*', 'localhost:*', '[::1]:*'])).toEqual([]);
      expect(faults(endpoint)).toContain(notPublic);
    },
  );

  it("may be what the operator vouches for, by exactly that host and port or all the host's ports", () => {
    const hosts = ['127.0.0.1:9999', 'Receiver:443', '[::1]:8080', 'box:*'];
    expect(
      [
        'http://127.0.0.1:9999/hook',
        'https://receiver/hook',
        'http://[::1]:8080/',
        'http://box:81/',
        'http://127.0.0.1:9998/hook',
        'http://receiver/hook',
        'http://user@127.0.0.1:9999/hook',
      ].map((endpoint) => faults(endpoint, hosts)),
    ).toEqual([[], [], [], [], [notHttps, notPublic], [notHttps, notPublic], [noUser]]);
  });
});
