import type { JWK } from 'jose';

/** How the commands are written, by their first word. */
export const issuerCommands = {
  client: [
    'client register <id> --role <role> --organisation <id> [--jwks file or https address] [--scope "system/Task.rs …"]',
    '                [--certificate file] [--patient <id>]      without --jwks a key pair is made',
    '                --replace: a client that is there is made what is written; its tokens end, and where it may',
    '                read less than before, its Subscriptions are paused',
    'client register <id> --redirect-uri <https address> [--scope "user/*.cruds"]      a page through which people sign in',
    'client list                       the clients, without their keys',
    'client suspend|resume <id>        ends its tokens, and gives it no new ones until it is resumed',
    'client remove <id>                ends its tokens, and forgets it',
    'client history [<id>]             what was done to clients, people and keys, and when',
  ],
  user: [
    'user add <name> --role <role> --organisation <id> [--fhir-user Practitioner/<id>] [--password -]',
    '                a password is made and shown once; with --password - it is read from standard input',
    'user remove <name>                lets nobody of this name sign in any more; their tokens end within a minute',
  ],
  keys: [
    'keys rotate                       makes the next signing key; it signs when everybody has had time to fetch it',
    'keys drop                         for a key in wrong hands: a new one signs at once; what older ones signed ends within a minute',
  ],
} as const;

/** What a command has done. */
export interface Done {
  lines: readonly string[];
  /** A private key that was made and is kept nowhere: whoever ran the command gets it now. */
  made?: { client: string; privateKey: JWK };
}

export interface CommandInput {
  standardInput: () => Promise<string>;
}
