import type { SqlMigration } from '#postgres';

export const issuerSchema = 'issuer';

/** Only added to, by whoever: what was done to clients, people and keys. */
export const actTable = 'act';

/** The tables whose changes are noted, and the columns that are not. */
const leftOutOfActs = {
  client: "'created_at'",
  person: "'created_at', 'name', 'fhir_user', 'password'",
  signing_key: "'public_jwk', 'sealed'",
};

/** Everything that the issuer remembers: no process keeps anything that another one would need. */
export const issuerMigrations: readonly SqlMigration[] = [
  {
    name: 'Issuer1763760000400',
    up: [
      `CREATE TABLE client (
        id text PRIMARY KEY,
        role text,
        organisation text,
        patient text,
        scopes text[] NOT NULL,
        jwks jsonb,
        jwks_uri text,
        certificate_thumbprint text,
        redirect_uris text[] NOT NULL DEFAULT '{}',
        suspended boolean NOT NULL DEFAULT false,
        created_at timestamptz NOT NULL DEFAULT now()
      )`,
      // Outlives the client: tokens of one that was removed must not live on.
      'CREATE TABLE revoked_client (client text PRIMARY KEY, before timestamptz NOT NULL)',
      'CREATE TABLE revoked_token (jti text PRIMARY KEY, expires_at timestamptz NOT NULL)',
      'CREATE INDEX revoked_token_expires_at ON revoked_token (expires_at)',
      `CREATE TABLE used_assertion (
        client text NOT NULL,
        digest text NOT NULL,
        expires_at timestamptz NOT NULL,
        PRIMARY KEY (client, digest)
      )`,
      'CREATE INDEX used_assertion_expires_at ON used_assertion (expires_at)',
      `CREATE TABLE signing_key (
        kid text PRIMARY KEY,
        public_jwk jsonb NOT NULL,
        sealed text NOT NULL,
        signs_from timestamptz NOT NULL
      )`,
      `CREATE TABLE person (
        id uuid PRIMARY KEY,
        name text NOT NULL,
        role text NOT NULL,
        organisation text NOT NULL,
        fhir_user text,
        password text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      )`,
      'CREATE UNIQUE INDEX person_name ON person (lower(name))',
      `CREATE TABLE sign_in_attempt (
        key text PRIMARY KEY,
        began_at timestamptz NOT NULL,
        count int NOT NULL
      )`,
      // What oidc-provider keeps of a sign-in: sessions, interactions, grants, codes.
      `CREATE TABLE kept (
        model text NOT NULL,
        id text NOT NULL,
        payload jsonb NOT NULL,
        grant_id text,
        uid text,
        consumed_at timestamptz,
        expires_at timestamptz,
        PRIMARY KEY (model, id)
      )`,
      'CREATE INDEX kept_grant_id ON kept (grant_id) WHERE grant_id IS NOT NULL',
      'CREATE INDEX kept_uid ON kept (model, uid) WHERE uid IS NOT NULL',
      'CREATE INDEX kept_expires_at ON kept (expires_at)',
    ],
  },
  {
    name: 'Issuer1763760000401',
    up: [
      'CREATE TABLE revoked_person (person uuid PRIMARY KEY, before timestamptz NOT NULL)',
      'CREATE TABLE dropped_key (kid text PRIMARY KEY, dropped_at timestamptz NOT NULL)',
      `CREATE TABLE act (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at timestamptz NOT NULL DEFAULT clock_timestamp(),
        kind text NOT NULL,
        subject text NOT NULL,
        verb text NOT NULL,
        content jsonb NOT NULL
      )`,
      'CREATE INDEX act_subject ON act (subject)',
      // With the change itself, so that none can be forgotten; what is named by the trigger (secrets, names) is left out.
      `CREATE FUNCTION note_act() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
        DECLARE
          content jsonb := to_jsonb(CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END);
        BEGIN
          INSERT INTO act (kind, subject, verb, content) VALUES (TG_TABLE_NAME, coalesce(content ->> 'id', content ->> 'kid'),
            CASE TG_OP WHEN 'INSERT' THEN 'added' WHEN 'UPDATE' THEN 'changed' ELSE 'removed' END, content - TG_ARGV);
          RETURN NULL;
        END $$`,
      ...Object.entries(leftOutOfActs).map(
        ([table, columns]) => `CREATE TRIGGER note_act AFTER INSERT OR UPDATE OR DELETE ON ${table}
          FOR EACH ROW EXECUTE FUNCTION note_act(${columns})`,
      ),
    ],
  },
  {
    name: 'Issuer1764200000900',
    up: [
      // When it was removed, or could do less from then on: what it asked for before may outlive its tokens.
      'ALTER TABLE revoked_client ADD COLUMN lapsed timestamptz',
      'UPDATE revoked_client SET lapsed = before WHERE NOT EXISTS (SELECT 1 FROM client WHERE id = revoked_client.client)',
    ],
  },
];
