import { postgresFault } from './faults.js';

describe('what PostgreSQL printed before it gave up', () => {
  const attempt = { folder: '/data/postgres', port: 5432 };

  it.each([
    [
      'initdb: error: could not write file "/data/postgres/pg_wal/x": No space left on device',
      'The disk that holds /data/postgres is full: free some space, or choose another folder with GINNEL_DATA.',
    ],
    [
      'LOG:  could not bind IPv4 address "127.0.0.1": Address already in use\nFATAL:  could not create any TCP/IP sockets',
      'Port 5432, which PostgreSQL was to listen on, is in use: stop what listens there, or choose another port.',
    ],
    [
      'FATAL:  data directory "/data/postgres" has wrong ownership',
      'This user may not read and write /data/postgres: give it that right, or choose another folder with GINNEL_DATA.',
    ],
    [
      'FATAL:  lock file "postmaster.pid" already exists\nHINT:  Is another postmaster (PID 42) running in data directory "/data/postgres"?',
      'PostgreSQL already runs on /data/postgres (process 42): stop that one first, or choose another folder with GINNEL_DATA.',
    ],
    [
      '2026-11-21 21:00:00 UTC [7] FATAL:  could not map anonymous shared memory\n2026-11-21 21:00:00 UTC [7] LOG:  database system is shut down',
      'PostgreSQL did not start on /data/postgres: could not map anonymous shared memory',
    ],
    ['', 'PostgreSQL did not start on /data/postgres: it said nothing'],
  ])('%j becomes one sentence', (output, sentence) => {
    expect(postgresFault(output, attempt)).toMatchObject({ name: 'StartError', message: sentence });
  });
});
