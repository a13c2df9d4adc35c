/** `sync_interval: always` came with 2.10.0; 2.10.20 to 2.10.22 may lose a whole stream when the process crashes. */
export const demandedVersion = '2.10 or later, but not 2.10.20 to 2.10.22';

export function isUsableVersion(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.-]/).map(Number);
  if (major === 2 && minor === 10) return patch < 20 || patch > 22;
  return major > 2 || (major === 2 && minor > 10);
}

/** The version in what `nats-server --version` prints. */
export function printedVersion(output: string): string | undefined {
  return /v?(\d+\.\d+\.\d+)/.exec(output)?.[1];
}
