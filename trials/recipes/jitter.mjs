/** Waits for anything up to a limit that grows, so that clients do not all come back at the same moment. */
export const jitter = (retries) =>
  new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(15_000, 1_000 * 2 ** retries)))
