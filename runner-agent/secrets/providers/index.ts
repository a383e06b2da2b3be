// Secret providers of this host, by the name that DAGs use.
import type { SecretProvider } from './provider.ts'

export const PROVIDERS: Readonly<Record<string, SecretProvider>> = {}
