import fastify from 'fastify';
import { mountSecurityTxt, type SecurityContact } from './security-txt.js';

const now = () => new Date('2026-11-22T12:00:00Z');

async function asked(security: SecurityContact | undefined) {
  const server = fastify();
  mountSecurityTxt(server, { security, baseUrl: 'https://ginnel.example/fhir', now });
  const answer = await fetch(`${await server.listen({ host: '127.0.0.1', port: 0 })}/.well-known/security.txt`);
  const body = await answer.text();
  await server.close();
  return { statusCode: answer.status, type: answer.headers.get('content-type'), body };
}

describe('security.txt', () => {
  it('says whom to tell of a weakness, and until when that holds', async () => {
    const expires = new Date('2027-06-01T00:00:00Z');
    const { statusCode, type, body } = await asked({ contact: 'mailto:security@ginnel.example', expires });
    expect([statusCode, type]).toEqual([200, 'text/plain; charset=utf-8']);
    expect(body).toBe(
      'Contact: mailto:security@ginnel.example\r\nExpires: 2027-06-01T00:00:00.000Z\r\nPreferred-Languages: en\r\n' +
        'Canonical: https://ginnel.example/.well-known/security.txt\r\n',
    );
  });

  it('is not there without a contact, nor after its day', async () => {
    const over = { contact: 'mailto:security@ginnel.example', expires: new Date('2026-11-22T11:59:59Z') };
    expect([(await asked(undefined)).statusCode, (await asked(over)).statusCode]).toEqual([404, 404]);
  });
});
