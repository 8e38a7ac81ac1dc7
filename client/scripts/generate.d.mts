export function generate(): Record<string, string>
export function writeGenerated(): void
