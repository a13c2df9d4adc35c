// Makes the generated definitions (git-ignored) from the pinned FHIR R4 package; each part skips itself when it is up to date.
import { generateElements } from './definitions/elements.mjs';
import { generateSearchParameters } from './definitions/search-parameters.mjs';
import { generateStructures } from './definitions/structures.mjs';
import { generateTerminology } from './definitions/terminology.mjs';

generateStructures();
generateSearchParameters();
generateElements();
generateTerminology();
