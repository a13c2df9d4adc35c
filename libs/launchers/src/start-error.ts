/** Something Ginnel needs cannot start. The message is one sentence for whoever typed the command: print it and exit 1. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** Runs `work` on a folder; what the file system refuses becomes a sentence that says what to do. */
export function onFolder<T>(folder: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw fileFault(error, folder) ?? error;
  }
}

export function diskIsFull(folder: string): StartError {
  return new StartError(
    `The disk that holds ${folder} is full: free some space, or choose another folder with GINNEL_DATA.`,
  );
}

export function mayNotUse(folder: string): StartError {
  return new StartError(
    `This user may not read and write ${folder}: give it that right, or choose another folder with GINNEL_DATA.`,
  );
}

export function portTaken(product: string, port: number | undefined): StartError {
  return new StartError(
    `Port ${String(port)}, which ${product} was to listen on, is in use: stop what listens there, or choose another port.`,
  );
}

function fileFault(error: unknown, folder: string): StartError | undefined {
  switch (errorCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return diskIsFull(folder);
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return mayNotUse(folder);
    case 'ENOTDIR':
    case 'EEXIST':
      return new StartError(
        `${folder} cannot be a folder, because a file has its name or the name of a folder above it.`,
      );
    default:
      return undefined;
  }
}

export function errorCode(error: unknown): string | undefined {
  return textOf(error, 'code');
}

export function errorName(error: unknown): string | undefined {
  return textOf(error, 'name');
}

// Not by `instanceof Error`: under jest, Node's own errors are of another realm.
function textOf(error: unknown, field: 'code' | 'name'): string | undefined {
  const value: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, field) : undefined;
  return typeof value === 'string' ? value : undefined;
}
