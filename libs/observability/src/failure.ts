/** What may be said of an unexpected error: its class, its code and where it happened. */
export interface Failure {
  class: string;
  code?: string;
  at?: string[];
  cause?: Failure;
}

const deepest = 3;
const frames = 8;

/** An error without its message, because messages of drivers and parsers quote what was sent. */
export function failureOf(error: unknown, depth = 0): Failure {
  if (!(error instanceof Error)) return { class: typeof error };
  const at = placesIn(error);
  return {
    class: error.name,
    ...('code' in error && typeof error.code === 'string' ? { code: error.code } : {}),
    ...(at.length === 0 ? {} : { at }),
    ...(error.cause === undefined || depth === deepest ? {} : { cause: failureOf(error.cause, depth + 1) }),
  };
}

/** The stack's places; its head, which repeats the message, is left out. */
function placesIn({ stack = '', message }: Error): string[] {
  return stack
    .slice(stack.indexOf(message) + message.length)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => /^at .+:\d+:\d+\)?$/.test(line))
    .slice(0, frames);
}
