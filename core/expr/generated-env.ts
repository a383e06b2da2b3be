// Variables that the engine makes up for a step, where a shell cannot look a value up itself (`${id.stdout}`, `${V.a.b}`, `$1`).
import { MAX_ENV_BYTES, utf8Length } from './scope.ts'

export const GENERATED_PREFIX = 'EDGEDAG_REF_'

export interface GeneratedEnv {
  /** Name of the variable that holds this value; equal values share one. */
  add(value: string): string
  /** True where no environment can hold the value. */
  isTooLong(value: string): boolean
  readonly env: Record<string, string>
  /** References whose value no environment can hold, as written. */
  readonly oversized: string[]
}

export const createGeneratedEnv = (): GeneratedEnv => {
  const names = new Map<string, string>()
  const env: Record<string, string> = {}
  return {
    env,
    oversized: [],
    isTooLong: value => value.length * 3 > MAX_ENV_BYTES - 32 && utf8Length(value) > MAX_ENV_BYTES - 32,
    add(value) {
      const known = names.get(value)
      if (known !== undefined) return known
      const name = `${GENERATED_PREFIX}${names.size + 1}`
      names.set(value, name)
      env[name] = value
      return name
    },
  }
}
