import { createServer } from 'node:net';

/** A port of the loopback address that nobody listens on now; another may take it before we do, so be ready to ask again. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address !== null && typeof address === 'object') resolve(address.port);
        else reject(new Error('The loopback address has no port'));
      });
    });
  });
}
