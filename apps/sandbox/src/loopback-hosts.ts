/** Receivers that a sandbox calls: whatever listens on this machine, by each name that it has there. */
export const loopbackHosts: readonly string[] = ['127.0.0.1:*', 'localhost:*', '[::1]:*'];
