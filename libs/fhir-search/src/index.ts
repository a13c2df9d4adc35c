export { indexEntriesOf } from './index-entries.js';
export { longestKey, normalise } from './normalise.js';
export {
  idParameter,
  lastUpdatedParameter,
  searchableTypes,
  searchParameter,
  searchParametersOf,
} from './parameters.js';
export { type ParsedSearch, type ParseOptions, parseSearch } from './parse-search.js';
export * from './search.js';
