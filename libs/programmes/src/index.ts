export * from './answers-to-response.js';
export type { ProgrammeDefinition, TimePoint, TimePointCode } from './definition.js';
export * from './instrument.js';
export type { Licence } from './licence.js';
export * from './load-programme.js';
export * from './project-root.js';
export * from './questionnaire-items.js';
export * from './questionnaire-task.js';
export type { ImportantChange, ScoredItem, Scoring, Total } from './scoring.js';
