import { archivesOfList, archivesOfStanzas } from './debian-sources.js';

describe("the address of Debian's archive on this machine", () => {
  it("is read from Debian's own stanza, not from the security archive or another's list", () => {
    const content = `Types: deb
# a remark
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main

Types: deb
URIs: https://tools.example/linux/debian
Suites: bookworm
Components: main
Signed-By: /usr/share/keyrings/tools.gpg

Types: deb
URIs: http://off.example/debian
Components: main
Enabled: no
`;
    expect(archivesOfStanzas(content)).toEqual(['http://mirror.example/debian']);
  });

  it('may be a list of mirrors, as on cloud images', () => {
    const content =
      'Types: deb deb-src\nURIs: mirror+file:///etc/apt/mirrors/debian.list\nSuites: trixie\nComponents: main\n';
    expect(archivesOfStanzas(content)).toEqual(['mirror+file:///etc/apt/mirrors/debian.list']);
  });

  it('is read from one-line entries as well', () => {
    const content = `# deb http://commented.example/debian bookworm main
deb http://mirror.example/debian/ bookworm main contrib
deb-src http://mirror.example/debian bookworm main
deb [arch=amd64 signed-by=/etc/apt/keyrings/tools.gpg] https://tools.example/linux/debian bookworm main
deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://second.example/debian bookworm main
`;
    expect(archivesOfList(content)).toEqual(['http://mirror.example/debian/', 'http://second.example/debian']);
  });
});
