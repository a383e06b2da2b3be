// What every attempt of a run begins with, the first like any other.
import type { RunHead } from './state.ts'

/** The parts of the head that tell of one attempt, as they are before anything has happened in it. */
export const freshAttempt = () =>
  ({
    status: 'queued',
    phase: 'steps',
    startedAt: null,
    finishedAt: null,
    preparedOn: null,
    initDone: false,
    conditions: null,
    stop: null,
    cancel: null,
    timedOut: false,
    error: null,
    handlerQueue: [],
    handlerFailed: false,
    outcome: null,
    logsSettled: false,
  }) satisfies Partial<RunHead>
