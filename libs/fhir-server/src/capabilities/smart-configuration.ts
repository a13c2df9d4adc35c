import type { CapabilityStatementRestSecurity } from 'fhir/r4';
import { type IssuerMetadata, type Issuers, restrictedScope, scopeNamespace, veryRestrictedScope } from '#auth';
import { FhirError } from '#fhir';
import type { FhirResponse } from '../operation.js';

/**
 * Where tokens are asked of, and which. The issuer's own words, as far as they concern a client of this server.
 * https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html#using-well-known
 */
export async function smartConfiguration(issuers: Issuers | undefined): Promise<FhirResponse> {
  const metadata = await issuers?.metadata();
  if (!metadata)
    throw FhirError.of('not-found', 'No issuer of tokens is configured here; ask the operator for a token.');
  return {
    status: 200,
    content: JSON.stringify({ ...saidOf(metadata), ...ofThisServer(metadata) }),
    contentType: 'application/json; charset=utf-8',
    // The same for everybody, and for a while.
    headers: { 'cache-control': 'public, max-age=300' },
  };
}

/** https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html#declaring-support-for-oauth2-endpoints */
export function securityOf(metadata: IssuerMetadata | undefined): CapabilityStatementRestSecurity {
  const description = 'A bearer token in the Authorization header.';
  const uris = (['token', 'authorize', 'revoke'] as const).flatMap((url) => {
    const valueUri = metadata?.[endpoints[url]];
    return typeof valueUri === 'string' ? [{ url, valueUri }] : [];
  });
  if (uris.length === 0) return { cors: false, description };
  const system = 'http://terminology.hl7.org/CodeSystem/restful-security-service';
  return {
    cors: false,
    service: [{ coding: [{ system, code: 'SMART-on-FHIR', display: 'SMART-on-FHIR' }] }],
    description: `${description} Where to get one: /.well-known/smart-configuration.`,
    extension: [{ url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris', extension: uris }],
  };
}

const endpoints = {
  token: 'token_endpoint',
  authorize: 'authorization_endpoint',
  revoke: 'revocation_endpoint',
} as const;

const told = [
  'issuer',
  'jwks_uri',
  'authorization_endpoint',
  'token_endpoint',
  'revocation_endpoint',
  'introspection_endpoint',
  'registration_endpoint',
  'grant_types_supported',
  'response_types_supported',
  'token_endpoint_auth_methods_supported',
  'token_endpoint_auth_signing_alg_values_supported',
];

function saidOf(metadata: IssuerMetadata): Record<string, unknown> {
  return Object.fromEntries(told.flatMap((name) => (name in metadata ? [[name, metadata[name]]] : [])));
}

function ofThisServer(metadata: IssuerMetadata): Record<string, unknown> {
  const methods = metadata['token_endpoint_auth_methods_supported'];
  const isAsymmetric = Array.isArray(methods) && methods.includes('private_key_jwt');
  const signsPeopleIn = typeof metadata['authorization_endpoint'] === 'string';
  return {
    grant_types_supported: metadata['grant_types_supported'] ?? ['client_credentials'],
    scopes_supported: [
      ...(signsPeopleIn ? ['openid', 'fhirUser', 'user/*.cruds'] : []),
      'system/*.cruds',
      restrictedScope,
      veryRestrictedScope,
      `${scopeNamespace}process-message`,
    ],
    code_challenge_methods_supported: ['S256'],
    capabilities: [
      ...(isAsymmetric ? ['client-confidential-asymmetric'] : []),
      'permission-v1',
      'permission-v2',
      ...(signsPeopleIn ? ['permission-user'] : []),
    ],
  };
}
