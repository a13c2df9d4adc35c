import { pino, stdTimeFunctions, type DestinationStream, type Logger as PinoLogger } from 'pino';
import { standardOutput } from './lines-at-once.js';

export type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug';
export type Logger = PinoLogger;

export interface LoggerOptions {
  /** `silent` for tests. */
  level: LogLevel;
  /** Name of the service, in every line. */
  service: string;
  /** Standard output unless told. */
  destination?: DestinationStream;
}

/** One line of JSON per event: ids and codes only, never resource content, query strings or personal data. */
export function createLogger({ level, service, destination }: LoggerOptions): Logger {
  const options = {
    level,
    base: { service },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return pino(options, destination ?? standardOutput());
}
