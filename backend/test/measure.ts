/** How long each of some actions takes: the median of `times`, in milliseconds, with the actions taking turns. */
export async function median<const T extends readonly (() => Promise<unknown>)[]>(
  times: number,
  actions: T,
): Promise<{ [K in keyof T]: number }> {
  const durations = actions.map(() => [] as number[])
  for (let i = 0; i < times; i++) {
    for (const [j, action] of actions.entries()) {
      const begun = performance.now()
      await action()
      durations[j]?.push(performance.now() - begun)
    }
  }
  const medians = durations.map((each) => each.sort((a, b) => a - b)[Math.floor(times / 2)] ?? 0)
  return medians as { [K in keyof T]: number }
}
