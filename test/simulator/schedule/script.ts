// What the steps of a run do, as a function of the run's seed alone: whatever goes wrong around it, the same attempt of the same
// step does the same.
import { hashText, Random } from '../sim/random.ts'

export interface Act {
  /** How long the process lives by itself; null: until it is stopped. */
  ms: number | null
  exitCode: number
  /** Takes no notice of a polite signal. */
  stubborn: boolean
  /** Its precondition (of the DAG for step '') is not met. */
  unmet: boolean
  /** Its log is too big to travel with the result. */
  bigLog: boolean
  /** Its repeat condition holds. */
  repeats: boolean
}

/** `step` '' with attempt 0 is the preparation of the run. */
export type StepScript = (step: string, attempt: number) => Act

export interface ScriptTraits {
  /** Chance that an attempt fails. */
  failing: number
  /** Chance that a first attempt lives until it is stopped: only where a stop or a timeout will come. */
  hanging: number
  unmet: number
}

export function createScript(seed: string, traits: ScriptTraits): StepScript {
  const known = new Map<string, Act>()
  return (step, attempt) => {
    const key = `${step}/${attempt}`
    let act = known.get(key)
    if (act === undefined) {
      act = draw(new Random(hashText(`${seed}/${key}`)), traits, step, attempt)
      known.set(key, act)
    }
    return act
  }
}

function draw(random: Random, traits: ScriptTraits, step: string, attempt: number): Act {
  // The nodes that send mail are handlers as well.
  const isHandler = /^(on|mailOn)[A-Z]/.test(step)
  return {
    ms: !isHandler && attempt === 1 && random.chance(traits.hanging) ? null : duration(random),
    exitCode: random.chance(isHandler ? traits.failing / 4 : traits.failing) ? 1 + random.int(3) : 0,
    stubborn: random.chance(0.05),
    unmet: random.chance(traits.unmet),
    bigLog: random.chance(0.03),
    repeats: random.chance(0.5),
  }
}

function duration(random: Random): number {
  switch (random.weighted({ quick: 60, short: 30, long: 8, veryLong: 2 })) {
    case 'quick':
      return random.between(1, 300)
    case 'short':
      return random.between(300, 4_000)
    case 'long':
      return random.between(4_000, 20_000)
    default:
      return random.between(20_000, 90_000)
  }
}
