import { readSandboxConfig } from './sandbox.config.js';

it('the sandbox takes lists of packages and of origins of pages, none unless told', () => {
  expect(readSandboxConfig('/tmp', {})).toMatchObject({ packages: [], origins: [] });
  const variables = { GINNEL_CORS_ORIGINS: 'https://console.example, http://localhost:5173', GINNEL_PACKAGES: 'a,,b' };
  expect(readSandboxConfig('/tmp', variables)).toMatchObject({
    packages: ['a', 'b'],
    origins: ['https://console.example', 'http://localhost:5173'],
  });
});
