export { type DateInterval, dateInterval } from './date-interval.js';
export { indexEntriesOf } from './index-entries.js';
export { type SearchLimits, usualLimits } from './limits.js';
export {
  addSearchParameter,
  isBeingIndexed,
  type LoadedParameter,
  loadedSearchParameters,
  readySearchParameter,
  removeSearchParameter,
} from './loaded-parameters.js';
export { asksForMore, isOfOneResource, matches } from './matches.js';
export { hierarchyOf, modifiersOf, targetModifiers } from './modifiers.js';
export { asksWithin, canNarrow, isWithinNarrowings, narrowingsOf } from './narrowing.js';
export { longestKey, normalise } from './normalise.js';
export { normalisedCriteria } from './normalised-criteria.js';
export {
  idParameter,
  lastUpdatedParameter,
  searchableTypes,
  searchParameter,
  searchParametersOf,
} from './parameters.js';
export { parseCriteria, type ParsedSearch, type ParseOptions, parseSearch } from './parse-search.js';
export * from './search.js';
export { searchParameterDefinition, searchParameterDefinitions } from './search-parameter-resources.js';
