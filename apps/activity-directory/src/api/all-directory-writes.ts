import { Injectable } from '@nestjs/common';
import { ClaimIdentifiers } from '../use-cases/claim-identifiers.js';
import { directoryTypes, ManagingOrganisation } from '../use-cases/managing-organisation.js';
import { DirectoryWrites } from './directory.writes.js';

/** One for each type of the directory: all are written by the same rules. */
@Injectable()
export class AllDirectoryWrites {
  readonly each: readonly DirectoryWrites[];

  constructor(managingOrganisation: ManagingOrganisation, claimIdentifiers: ClaimIdentifiers) {
    this.each = directoryTypes.map((type) => new DirectoryWrites(type, managingOrganisation, claimIdentifiers));
  }
}
