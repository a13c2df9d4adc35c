import type { IssuerMetadata } from '#auth';

/** Which release of the server speaks, and since when. */
export interface Release {
  version: string;
  date: Date;
  /** Who issues tokens for it, as far as that is known. */
  issuer?: IssuerMetadata | undefined;
}
