/** Asks again until the answer is as wished; throws `late` where it is not in time. For what tells nobody when it comes. */
export async function eventually<T>(
  ask: () => Promise<T>,
  isWished: (answer: T) => boolean,
  { withinMs, late }: { withinMs: number; late: (answer: T) => string },
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (isWished(answer)) return answer;
    if (performance.now() > deadline) throw new Error(late(answer));
    await new Promise((resolve) => {
      setTimeout(resolve, 25);
    });
  }
}
