// Secret providers of this host, by the name that DAGs use; `env` and `file` are the language's own (core/expr/secrets.ts).
import { kubernetesProvider } from './kubernetes.ts'
import type { SecretProvider } from './provider.ts'
import { vaultProvider } from './vault.ts'

export const PROVIDERS: Readonly<Record<string, SecretProvider>> = {
  vault: vaultProvider,
  kubernetes: kubernetesProvider,
}
