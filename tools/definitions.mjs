// Makes the generated definitions (git-ignored) from the pinned FHIR R4 package; each part skips itself when it is up to date.
import { generateElements } from './definitions/elements.mjs';
import { generateProfiles } from './definitions/profiles.mjs';
import { generateSearchParameters } from './definitions/search-parameters.mjs';
import { generateStructureDefinitions } from './definitions/structure-definitions.mjs';
import { generateStructures } from './definitions/structures.mjs';
import { generateTerminology } from './definitions/terminology.mjs';

generateStructures();
generateProfiles();
generateSearchParameters();
generateElements();
generateTerminology();
generateStructureDefinitions();
